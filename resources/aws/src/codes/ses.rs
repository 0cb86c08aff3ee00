//! What SES's codes mean.

use finsight_engine::contract::FailureClass::NotYet;

use super::{Line, line};

pub(super) const LINES: &[Line] = &[
    // A topic's policy or key made a moment ago: SES tries to publish at once.
    line(
        &["BadRequestException"],
        NotYet,
        "https://docs.aws.amazon.com/ses/latest/dg/event-publishing-add-event-destination-sns.html",
    )
    .says(&["ould not publish"]),
];
