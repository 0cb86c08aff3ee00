//! Patterns of paths, as CloudFront takes them: `*` is any text, `?` any letter ("Cache behavior settings", path pattern).

/// A part of a pattern, or of a path of an API.
#[derive(Clone, Copy)]
enum Part {
    Letter(char),
    /// One letter; without a slash where it is of one segment.
    One {
        slash: bool,
    },
    /// Any number of letters.
    Many {
        slash: bool,
    },
}

fn of_pattern(pattern: &str) -> Vec<Part> {
    let part = |letter: char| match letter {
        '*' => Part::Many { slash: true },
        '?' => Part::One { slash: true },
        other => Part::Letter(other),
    };
    let rest = pattern.strip_prefix('/').unwrap_or(pattern);
    if rest.starts_with('*') {
        rest.chars().map(part).collect()
    } else {
        format!("/{rest}").chars().map(part).collect()
    }
}

/// `{…}` is one segment, `{…+}` all that follows.
fn of_path(path: &str) -> Vec<Part> {
    let mut found = Vec::new();
    for segment in path.trim_start_matches('/').split('/') {
        found.push(Part::Letter('/'));
        match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) => {
                let slash = name.ends_with('+');
                found.extend([Part::One { slash }, Part::Many { slash }]);
            }
            None => found.extend(segment.chars().map(Part::Letter)),
        }
    }
    found
}

/// Whether some text fits both.
fn meet(one: &[Part], other: &[Part]) -> bool {
    let many = |part: Option<&Part>| matches!(part, Some(Part::Many { .. }));
    // What stands for any number of letters stands for none, too.
    if many(one.first()) && meet(&one[1..], other) || many(other.first()) && meet(one, &other[1..]) {
        return true;
    }
    match (one, other) {
        ([], []) => true,
        ([first, rest @ ..], [last, others @ ..]) => {
            let (stays, remains) = (many(Some(first)), many(Some(last)));
            // Where both go on, one more letter of both brings nothing.
            !(stays && remains)
                && share(*first, *last)
                && meet(if stays { one } else { rest }, if remains { other } else { others })
        }
        _ => false,
    }
}

/// Whether some letter is of both.
fn share(one: Part, other: Part) -> bool {
    match (one, other) {
        (Part::Letter(letter), Part::Letter(other)) => letter == other,
        (Part::Letter(letter), Part::One { slash } | Part::Many { slash })
        | (Part::One { slash } | Part::Many { slash }, Part::Letter(letter)) => slash || letter != '/',
        _ => true,
    }
}

/// Whether a pattern of CloudFront may fit a path of an API, in which `{…}` stands for anything.
pub(super) fn may_fit(pattern: &str, path: &str) -> bool {
    meet(&of_pattern(pattern), &of_path(path))
}

/// Whether a pattern fits all that another fits: what stands for any text there is one here, too.
pub(super) fn covers(wide: &str, narrow: &str) -> bool {
    fn fits(wide: &[Part], narrow: &[Part]) -> bool {
        match (wide.split_first(), narrow.split_first()) {
            (None, None) => true,
            (Some((Part::Many { .. }, rest)), None) => fits(rest, narrow),
            (Some((Part::Many { .. }, rest)), Some((_, after))) => fits(rest, narrow) || fits(wide, after),
            (Some((Part::One { .. }, rest)), Some((Part::Letter(_) | Part::One { .. }, after))) => {
                fits(rest, after)
            }
            (Some((Part::Letter(own), rest)), Some((Part::Letter(other), after))) => {
                own == other && fits(rest, after)
            }
            _ => false,
        }
    }
    fits(&of_pattern(wide), &of_pattern(narrow))
}

#[cfg(test)]
mod tests {
    use super::{covers, may_fit};

    #[test]
    fn patterns_fit_paths_or_not() {
        for (pattern, path) in [
            ("/categories", "/categories"),
            ("categories/*", "/categories/{proxy+}"),
            ("/cat*", "/categories"),
            ("/categories/1", "/categories/{proxy+}"),
            ("/c*z", "/categories/{proxy+}"),
            ("/users/?/x", "/users/{id}/x"),
            ("*", "/users"),
        ] {
            assert!(may_fit(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("/categorys", "/categories"),
            ("/categorys/*", "/categories/{proxy+}"),
            ("/categories/*", "/users/{proxy+}"),
            ("/categories/", "/categories/{proxy+}"),
            ("/cat?", "/categories"),
            ("/c*z", "/categories"),
            ("/users/1/2/x", "/users/{id}/x"),
        ] {
            assert!(!may_fit(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn patterns_cover_others_or_not() {
        for (wide, narrow) in
            [("/a*", "/a/*"), ("*", "/a"), ("/a/*", "/a/?"), ("/a?", "a1"), ("/*/b", "/a*/b")]
        {
            assert!(covers(wide, narrow), "{wide} {narrow}");
        }
        for (wide, narrow) in [("/a/*", "/a*"), ("/a", "/a/*"), ("/a?", "/a*"), ("/a1", "/a?")] {
            assert!(!covers(wide, narrow), "{wide} {narrow}");
        }
    }
}
