//! `aws:config:ConfigurationRecorderStatus`

use finsight_engine::schema::{Identity, LetsGo, Timing};

use crate::declare::resource;
use crate::ids::{ConfigurationRecorderName, DeliveryChannelName};

resource! {
    /// Whether a recorder records; when it is no longer declared, the recorder is stopped.
    ///
    /// Recorder, delivery channel and start are three resources because the
    /// channel needs the recorder, and the start needs the channel.
    ConfigurationRecorderStatus: "aws:config:ConfigurationRecorderStatus", id ConfigurationRecorderName, outputs ConfigurationRecorderStatusOutputs {
        required {
            /// The recorder.
            name: ConfigurationRecorderName { replace() },
            /// The delivery channel, which must stand for as long as it records.
            delivery_channel_name: DeliveryChannelName { replace(), write_only() },
        }
        optional {
            /// Whether it records.
            recording: bool { default(true) },
            /// Not to be set: how the recorder fares. It can be on and record nothing; AWS's words stand here then.
            last_status: String { told(), default("SUCCESS"), lets_go(LetsGo::Free) },
        }
        outputs {}
        spec {
            identity: Identity::Adopted { key: &["name"] },
            witness: true,
            timing: Timing::new([2, 2, 2], [10, 10, 5]),
        }
    }
}
