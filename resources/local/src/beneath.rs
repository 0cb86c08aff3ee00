//! The winterbaume services underneath.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use serde::de::Error as _;
use serde_json::Value;
use winterbaume_apigateway::ApiGatewayService;
use winterbaume_cloudwatchlogs::CloudWatchLogsService;
use winterbaume_core::{MockRequest, MockResponse, MockService, StatefulService};
use winterbaume_ec2::Ec2Service;
use winterbaume_iam::IamService;
use winterbaume_kms::KmsService;
use winterbaume_lambda::LambdaService;
use winterbaume_rds::RdsService;
use winterbaume_sts::StsService;

use crate::call::{ACCOUNT, Call, Service};

/// One of each service, and which regions of it were changed: only those are kept.
pub(crate) struct Beneath {
    apigateway: ApiGatewayService,
    ec2: Ec2Service,
    iam: IamService,
    kms: KmsService,
    lambda: LambdaService,
    logs: CloudWatchLogsService,
    rds: RdsService,
    sts: StsService,
    touched: Mutex<BTreeMap<Service, BTreeSet<String>>>,
}

impl Beneath {
    pub(crate) fn new() -> Beneath {
        Beneath {
            apigateway: ApiGatewayService::new(),
            ec2: Ec2Service::new(),
            iam: IamService::new(),
            kms: KmsService::new(),
            lambda: LambdaService::new(),
            logs: CloudWatchLogsService::new(),
            rds: RdsService::new(),
            sts: StsService::new(),
            touched: Mutex::new(BTreeMap::new()),
        }
    }

    /// Hands a call over, at the address that winterbaume reads the region from.
    pub(crate) async fn handle(&self, call: &Call) -> MockResponse {
        if call.mutating() {
            self.touch(call.service, &call.region);
        }
        let host = match call.service {
            Service::Iam => "iam.amazonaws.com".to_owned(),
            other => format!("{}.{}.amazonaws.com", other.name(), call.region),
        };
        let query = if call.query.is_empty() { String::new() } else { format!("?{}", call.query) };
        let request = MockRequest {
            method: call.method.clone(),
            uri: format!("https://{host}{}{query}", call.path),
            headers: call.headers.clone(),
            body: call.body.clone(),
        };
        let service: &dyn MockService = match call.service {
            Service::ApiGateway => &self.apigateway,
            Service::Ec2 => &self.ec2,
            Service::Iam => &self.iam,
            Service::Kms => &self.kms,
            Service::Lambda => &self.lambda,
            Service::Logs => &self.logs,
            Service::Rds => &self.rds,
            Service::Sts => &self.sts,
        };
        service.handle(request).await
    }

    fn touch(&self, service: Service, region: &str) {
        let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        touched.entry(service).or_default().insert(region.to_owned());
    }

    /// The changed regions of a service, as they are written to disk.
    pub(crate) async fn kept(&self, service: Service) -> serde_json::Result<BTreeMap<String, Value>> {
        let regions = {
            let touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
            touched.get(&service).cloned().unwrap_or_default()
        };
        let mut kept = BTreeMap::new();
        for region in regions {
            let view = match service {
                Service::ApiGateway => view(&self.apigateway, &region).await,
                Service::Ec2 => view(&self.ec2, &region).await,
                Service::Iam => view(&self.iam, &region).await,
                Service::Kms => view(&self.kms, &region).await,
                Service::Lambda => view(&self.lambda, &region).await,
                Service::Logs => view(&self.logs, &region).await,
                Service::Rds => view(&self.rds, &region).await,
                Service::Sts => Ok(Value::Null),
            }?;
            kept.insert(region, view);
        }
        Ok(kept)
    }

    /// Takes regions of a service back from disk.
    pub(crate) async fn restore(
        &self,
        service: Service,
        kept: BTreeMap<String, Value>,
    ) -> serde_json::Result<()> {
        for (region, value) in kept {
            self.touch(service, &region);
            match service {
                Service::ApiGateway => replace(&self.apigateway, &region, value).await,
                Service::Ec2 => replace(&self.ec2, &region, value).await,
                Service::Iam => replace(&self.iam, &region, value).await,
                Service::Kms => replace(&self.kms, &region, value).await,
                Service::Lambda => replace(&self.lambda, &region, value).await,
                Service::Logs => replace(&self.logs, &region, value).await,
                Service::Rds => replace(&self.rds, &region, value).await,
                Service::Sts => Ok(()),
            }?;
        }
        Ok(())
    }
}

async fn view<S: StatefulService>(service: &S, region: &str) -> serde_json::Result<Value> {
    serde_json::to_value(service.snapshot(ACCOUNT, region).await)
}

async fn replace<S: StatefulService>(service: &S, region: &str, value: Value) -> serde_json::Result<()> {
    let view = serde_json::from_value(value)?;
    service.restore(ACCOUNT, region, view).await.map_err(serde_json::Error::custom)
}
