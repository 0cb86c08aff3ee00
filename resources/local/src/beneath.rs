//! The winterbaume services underneath.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde::de::Error as _;
use serde_json::Value;
use winterbaume_core::{MockRequest, MockResponse, MockService, StatefulService};

use crate::call::{ACCOUNT, Call, Service};
use crate::services::services;

macro_rules! beneath {
    ($($module:ident: $service:ident, $signing:literal, $host:literal, $scope:ident, $protocol:ident, $state:ty, $beneath:ty;)*) => {
        /// One of each service, made when first used, and which regions of it were changed: only those are kept.
        pub(crate) struct Beneath {
            $($module: OnceLock<$beneath>,)*
            touched: Mutex<BTreeMap<Service, BTreeSet<String>>>,
        }

        impl Beneath {
            pub(crate) fn new() -> Beneath {
                Beneath { $($module: OnceLock::new(),)* touched: Mutex::new(BTreeMap::new()) }
            }

            fn of(&self, service: Service) -> &dyn MockService {
                match service {
                    $(Service::$service => self.$module.get_or_init(<$beneath>::new),)*
                }
            }

            async fn view(&self, service: Service, region: &str) -> serde_json::Result<Value> {
                match service {
                    $(Service::$service => view(self.$module.get_or_init(<$beneath>::new), region).await,)*
                }
            }

            async fn replace(&self, service: Service, region: &str, value: Value) -> serde_json::Result<()> {
                match service {
                    $(Service::$service => replace(self.$module.get_or_init(<$beneath>::new), region, value).await,)*
                }
            }
        }
    };
}
services!(beneath);

impl Beneath {
    /// Hands a call over, at the address that winterbaume reads the region from.
    pub(crate) async fn handle(&self, call: &Call) -> MockResponse {
        if call.mutating() {
            self.touch(call.service, &call.region);
        }
        let host = call.service.host(&call.region);
        let query = if call.query.is_empty() { String::new() } else { format!("?{}", call.query) };
        let request = MockRequest {
            method: call.method.clone(),
            uri: format!("https://{host}{}{query}", call.path),
            headers: call.headers.clone(),
            body: call.body.clone(),
        };
        self.of(call.service).handle(request).await
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
            let view = self.view(service, &region).await?;
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
            self.replace(service, &region, value).await?;
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
