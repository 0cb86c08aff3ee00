//! What Lambda starts of a package.

use crate::Machine;
use crate::archive::File;
use crate::error::Flaw;

/// The name that Lambda's custom runtimes start.
pub(crate) const BOOTSTRAP: &str = "bootstrap";

/// How Lambda starts a function ("Lambda runtimes", and the page of each language about its handlers).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start<'a> {
    /// The runtime, such as `provided.al2023`.
    pub runtime: &'a str,
    /// The handler, such as `index.handler`. Custom runtimes have none but the file `bootstrap`.
    pub handler: &'a str,
    /// The processor that it runs on.
    pub machine: Machine,
}

impl Start<'_> {
    /// Whether the files of a package are what it starts.
    pub(crate) fn check(&self, files: &[File], machine: Option<Machine>) -> Result<(), Flaw> {
        if let Some(built) = machine.filter(|built| *built != self.machine) {
            let (built, wanted) = (built.as_str(), self.machine.as_str());
            let found = format!("its bootstrap was built for {built}, and the function runs on {wanted}");
            return Err(Flaw::invalid(found, format!("build it for {wanted}, or change the architecture")));
        }
        let places = self.places();
        let stands = |place: &String| files.iter().any(|file| file.name == *place);
        if places.is_empty() || places.iter().any(stands) {
            return Ok(());
        }
        let what = match self.is_custom() {
            true => self.runtime.to_owned(),
            false => format!("{} for the handler {}", self.runtime, self.handler),
        };
        let found = format!("it has no {}, which {what} starts", places.join(" or "));
        let below =
            files.iter().find(|file| places.iter().any(|place| file.name.ends_with(&format!("/{place}"))));
        let remedy = match below {
            Some(file) => {
                format!("it lies in {}: pack what is in that folder, and not the folder", file.name)
            }
            None => "build it first, or correct the path, the runtime or the handler".to_owned(),
        };
        Err(Flaw::invalid(found, remedy))
    }

    fn is_custom(&self) -> bool {
        self.runtime.starts_with("provided")
    }

    /// Where what it starts may be: one of them must stand. Empty where that cannot be told from names.
    fn places(&self) -> Vec<String> {
        if self.is_custom() {
            return vec![BOOTSTRAP.to_owned()];
        }
        // A path from the root is in a layer.
        let Some((module, _)) = self.handler.rsplit_once('.').filter(|_| !self.handler.starts_with('/'))
        else {
            return Vec::new();
        };
        let module = module.strip_prefix("./").unwrap_or(module);
        // Of Node.js and Ruby, what follows the first dot of the name is all within the file.
        let file = match module.rsplit_once('/') {
            Some((folder, name)) => format!("{folder}/{}", before_dot(name)),
            None => before_dot(module).to_owned(),
        };
        let with = |file: &str, ends: &[&str]| ends.iter().map(|end| format!("{file}{end}")).collect();
        match self.runtime {
            of if of.starts_with("nodejs") => with(&file, &[".js", ".mjs", ".cjs"]),
            of if of.starts_with("ruby") => with(&file, &[".rb"]),
            of if of.starts_with("python") => {
                with(&module.replace('.', "/"), &[".py", ".pyc", "/__init__.py"])
            }
            _ => Vec::new(),
        }
    }
}

fn before_dot(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}
