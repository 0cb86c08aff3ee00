//! Operations by hand settle what an earlier run left open, as every command does.

use crate::support::part::{ID, Part};
use crate::support::point::{Point, cut};

/// `ops` refused a database of which an operation was open, and sent people to `up`.
#[test]
fn what_was_cut_off_is_settled_first() {
    let part = Part::new();
    part.site.edit_config("\"backup_retention_days\": 7", "\"backup_retention_days\": 8");
    let up = ["up", "--yes", "--component", "network", "security", "database"];
    assert!(cut(&part.site, &part.served, &up, Point::AfterCall(1)), "it was not cut off");
    std::thread::sleep(std::time::Duration::from_millis(50));
    let open = "DBInstance/main  (open: Update of an earlier run)";
    part.site.run(&["state", "list"]).ok().says(&[open]);
    part.site
        .run(&["ops", "database", "snapshot", "--name", "good"])
        .ok()
        .says(&["an earlier run left it open", "good is taken of finsight-db"]);
    let text = part.site.run(&["state", "list"]).ok().stdout;
    assert!(!text.contains("(open:"), "{text}");
    // What the run had begun is brought to its end by the next one.
    part.settles();
    assert_eq!(part.instance(ID).backup_retention_period(), Some(8));
}
