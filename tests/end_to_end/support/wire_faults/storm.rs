//! Which call meets which fault, by a seed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::answers::{broken, expired, skewed, throttled};
use super::call::Call;
use super::{Act, Faults, Refusal, Spoiled};

/// One kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    Throttled,
    Cut,
    Broken,
    Unreadable,
    /// For so long.
    Outage(Duration),
    Expired,
    SkewAnswers,
    Clock,
    LateParents,
    Weights,
}

impl Weather {
    /// All of them, with an outage of this length.
    pub fn all(outage: Duration) -> [Self; 10] {
        [
            Self::Throttled,
            Self::Cut,
            Self::Broken,
            Self::Unreadable,
            Self::Outage(outage),
            Self::Expired,
            Self::SkewAnswers,
            Self::Clock,
            Self::LateParents,
            Self::Weights,
        ]
    }
}

/// AWS's clock in [`Weather::Clock`], in seconds ahead.
const AHEAD: i64 = 20 * 60;

/// Weathers at once, by a seed: each call meets the first that would hit it.
pub struct Storm {
    winds: Vec<Wind>,
    seed: u64,
    /// How often each operation was called.
    seen: Mutex<BTreeMap<(String, String), u64>>,
    calls: AtomicUsize,
    /// The access key that has expired, once it has.
    expired: Mutex<Option<String>>,
    met: AtomicUsize,
}

/// One weather of a storm, that throws dice of its own.
struct Wind {
    weather: Weather,
    number: u64,
    /// Whether what happens once has happened.
    begun: AtomicBool,
}

impl Storm {
    pub fn new(weathers: &[Weather], seed: u64) -> Self {
        let wind = |(number, weather): (u64, &Weather)| {
            let begun = AtomicBool::new(false);
            Wind { weather: *weather, number, begun }
        };
        Self {
            winds: (0..).zip(weathers).map(wind).collect(),
            seed,
            seen: Mutex::default(),
            calls: AtomicUsize::new(0),
            expired: Mutex::default(),
            met: AtomicUsize::new(0),
        }
    }

    /// How many calls have met a fault.
    pub fn met(&self) -> usize {
        self.met.load(Ordering::SeqCst)
    }

    /// A number that follows from the seed and these words.
    fn roll(&self, wind: &Wind, call: &Call, turn: u64) -> u64 {
        let turn = turn + wind.number * 1_000_000;
        let text = format!("{} {} {} {turn}", self.seed, call.service, call.operation);
        let hash = blake3::hash(text.as_bytes());
        hash.as_bytes()[..8].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    /// The call after which what happens once happens: somewhere in the middle of a run.
    fn moment(&self, wind: &Wind) -> usize {
        let seed = self.seed.wrapping_mul(2_654_435_761).wrapping_add(wind.number * 37);
        usize::try_from(seed % 150).unwrap_or_default() + 60
    }

    fn act(&self, wind: &Wind, call: &Call, turn: u64, number: usize) -> Act {
        let roll = self.roll(wind, call, turn);
        let (chance, way) = (roll % 100, roll / 100);
        match wind.weather {
            Weather::Throttled if chance < 20 => Act::Refuse(throttled(call)),
            Weather::Cut if chance < 5 => [Act::CutBefore, Act::CutAfter][usize::from(way % 2 == 1)].clone(),
            Weather::Broken if chance < 5 => Act::Refuse(broken(call, way)),
            Weather::Broken if chance < 10 => Act::RefuseAfter(broken(call, way)),
            Weather::Unreadable if chance < 5 => Act::Spoil(match way % 4 {
                0 => Spoiled::Empty,
                1 => Spoiled::CutOff,
                2 => Spoiled::Html,
                _ => Spoiled::Garbage,
            }),
            Weather::Outage(length) if self.begins(wind, number) => Act::Outage(length),
            Weather::Expired => self.expire(wind, call, number),
            // A refusal of HEAD has no words: that is what a right that is missing looks like.
            Weather::SkewAnswers if chance < 5 && !call.operation.starts_with("HEAD ") => {
                Act::Refuse(skewed(call, &stamp(0)))
            }
            Weather::Clock if self.begun(wind, number) && is_early(&call.signed_at, &stamp(AHEAD - 300)) => {
                Act::Refuse(skewed(call, &stamp(AHEAD)))
            }
            Weather::LateParents if turn < 1 + self.seed % 3 => {
                not_found(call).map_or(Act::Pass, Act::Refuse)
            }
            Weather::Weights if turn < 1 + self.seed % 3 => weights(call).map_or(Act::Pass, Act::Refuse),
            _ => Act::Pass,
        }
    }

    /// Whether this is the first call since what happens once.
    fn begins(&self, wind: &Wind, number: usize) -> bool {
        number >= self.moment(wind) && !wind.begun.swap(true, Ordering::SeqCst)
    }

    fn begun(&self, wind: &Wind, number: usize) -> bool {
        let _ = self.begins(wind, number);
        wind.begun.load(Ordering::SeqCst)
    }

    fn expire(&self, wind: &Wind, call: &Call, number: usize) -> Act {
        let mut old = self.expired.lock().unwrap_or_else(PoisonError::into_inner);
        if self.begins(wind, number) {
            *old = Some(call.key.clone());
        }
        if old.as_ref() == Some(&call.key) { Act::Refuse(expired(call)) } else { Act::Pass }
    }

    /// The access key that has expired, once it has.
    pub fn expired(&self) -> Option<String> {
        self.expired.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Faults for Storm {
    fn meet(&self, call: &Call) -> Act {
        let number = self.calls.fetch_add(1, Ordering::SeqCst);
        let turn = {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = seen.entry((call.service.clone(), call.operation.clone())).or_default();
            *turn += 1;
            *turn - 1
        };
        let mut acts = self.winds.iter().map(|wind| self.act(wind, call, turn, number));
        let Some(act) = acts.find(|act| *act != Act::Pass) else { return Act::Pass };
        self.met.fetch_add(1, Ordering::SeqCst);
        act
    }

    fn ahead(&self) -> i64 {
        let ahead = |wind: &Wind| wind.weather == Weather::Clock && wind.begun.load(Ordering::SeqCst);
        if self.winds.iter().any(ahead) { AHEAD } else { 0 }
    }
}

/// The time so many seconds from now, as in a signature.
fn stamp(seconds: i64) -> String {
    let now = jiff::Timestamp::now().as_second() + seconds;
    let time = jiff::Timestamp::from_second(now).unwrap_or_default();
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn is_early(signed: &str, limit: &str) -> bool {
    !signed.is_empty() && signed < limit
}

/// Operations upon something that the run may just have made, with how each says that it is not there.
const NOT_FOUND: &[(&str, &str, u16, &str)] = &[
    ("ec2", "CreateSubnet", 400, "InvalidVpcID.NotFound"),
    ("ec2", "CreateRouteTable", 400, "InvalidVpcID.NotFound"),
    ("ec2", "CreateSecurityGroup", 400, "InvalidVpcID.NotFound"),
    ("ec2", "AttachInternetGateway", 400, "InvalidInternetGatewayID.NotFound"),
    ("ec2", "AssociateRouteTable", 400, "InvalidRouteTableID.NotFound"),
    ("ec2", "CreateRoute", 400, "InvalidRouteTableID.NotFound"),
    ("ec2", "CreateNatGateway", 400, "InvalidSubnetID.NotFound"),
    ("ec2", "CreateVpcEndpoint", 400, "InvalidVpcId.NotFound"),
    ("ec2", "AuthorizeSecurityGroupIngress", 400, "InvalidGroup.NotFound"),
    ("ec2", "AuthorizeSecurityGroupEgress", 400, "InvalidGroup.NotFound"),
    ("iam", "PutRolePolicy", 404, "NoSuchEntity"),
    ("iam", "AttachRolePolicy", 404, "NoSuchEntity"),
    ("rds", "CreateDBInstance", 404, "DBSubnetGroupNotFoundFault"),
    ("rds", "RegisterDBProxyTargets", 404, "DBProxyNotFoundFault"),
    ("kms", "CreateAlias", 400, "NotFoundException"),
    ("kms", "EnableKeyRotation", 400, "NotFoundException"),
    ("logs", "PutMetricFilter", 400, "ResourceNotFoundException"),
    ("logs", "PutSubscriptionFilter", 400, "ResourceNotFoundException"),
    ("logs", "PutRetentionPolicy", 400, "ResourceNotFoundException"),
    ("rds", "CreateEventSubscription", 404, "SNSTopicArnNotFound"),
    ("events", "PutTargets", 400, "ResourceNotFoundException"),
    ("sns", "Subscribe", 404, "NotFound"),
    ("secretsmanager", "PutSecretValue", 400, "ResourceNotFoundException"),
    ("wafv2", "AssociateWebACL", 400, "WAFNonexistentItemException"),
    ("wafv2", "PutLoggingConfiguration", 400, "WAFNonexistentItemException"),
    ("application-autoscaling", "PutScalingPolicy", 400, "ObjectNotFoundException"),
    ("cloudtrail", "StartLogging", 400, "TrailNotFoundException"),
    ("route53", "POST /2013-04-01/hostedzone/*/rrset", 404, "NoSuchHostedZone"),
    ("lambda", "POST /2015-03-31/functions/*/policy", 404, "ResourceNotFoundException"),
    ("lambda", "POST /2015-03-31/functions/*/aliases", 404, "ResourceNotFoundException"),
    ("lambda", "PUT /2019-09-30/functions/*/provisioned-concurrency", 404, "ResourceNotFoundException"),
    ("lambda", "PUT /2019-09-25/functions/*/event-invoke-config", 404, "ResourceNotFoundException"),
    ("amplify", "POST /apps/*/branches", 404, "NotFoundException"),
    ("amplify", "POST /apps/*/domains", 404, "NotFoundException"),
    ("amplify", "POST /apps/*/webhooks", 404, "NotFoundException"),
    ("apigateway", "POST /restapis/*/deployments", 404, "NotFoundException"),
    ("apigateway", "POST /restapis/*/stages", 404, "NotFoundException"),
    ("apigateway", "POST /usageplans/*/keys", 404, "NotFoundException"),
    ("apigateway", "POST /domainnames/*/basepathmappings", 404, "NotFoundException"),
    ("scheduler", "POST /schedules/*", 404, "ResourceNotFoundException"),
];

fn not_found(call: &Call) -> Option<Refusal> {
    let fits = |(service, operation, ..): &&(&str, &str, u16, &str)| {
        call.service == *service && call.operation.trim_end_matches(['?', '/']) == *operation
    };
    let (.., status, code) = NOT_FOUND.iter().find(fits)?;
    Some(Refusal::new(*status, code, "The resource does not exist."))
}

fn weights(call: &Call) -> Option<Refusal> {
    let fits = call.service == "lambda" && call.operation.contains("provisioned-concurrency");
    (fits && call.mutating && call.operation.starts_with("PUT")).then(|| {
        Refusal::new(
            400,
            "InvalidParameterValueException",
            "Alias with weights can not be used with Provisioned Concurrency",
        )
    })
}
