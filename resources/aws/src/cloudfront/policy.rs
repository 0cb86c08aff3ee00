//! What the handlers of CloudFront's policies have in common.

/// Declares the handler of a policy: named by us, without tags, updated as a whole against its ETag.
macro_rules! policy_handler {
    (
        $(#[doc = $doc:literal])+
        $name:ident: $policy:ident, $config:ident,
        create $create:ident $create_name:literal,
        get $get:ident $get_name:literal,
        list $list:ident $list_name:literal $list_field:ident $kind:ident,
        update $update:ident $update_name:literal,
        delete $delete:ident $delete_name:literal
    ) => {
        $(#[doc = $doc])+
        pub struct $name;

        #[async_trait]
        impl Handler for $name {
            async fn read(&self, aws: &Region, targets: &[Target]) -> Result<Vec<Reading>, Failure> {
                if let [target] = targets {
                    let policy = got(aws, &target.id).await?.map(|(policy, _)| policy);
                    return Ok(in_order(targets, policy.as_ref().map(live)));
                }
                Ok(in_order(targets, all(aws).await?.iter().map(live)))
            }

            async fn find(
                &self,
                aws: &Region,
                _owner: &OwnerId,
                inputs: &Map,
            ) -> Result<Vec<Candidate>, Failure> {
                let named = |live: &Live| live.properties.text("name") == inputs.text("name");
                let found = all(aws).await?.iter().map(live).filter(named).collect::<Vec<_>>();
                let candidate = |live: Live| {
                    let ours = as_asked(inputs, &live.properties);
                    Candidate { id: live.id, ours }
                };
                Ok(found.into_iter().map(candidate).collect())
            }

            async fn create(&self, aws: &Region, _owner: &OwnerId, inputs: &Map) -> Result<String, Failure> {
                let answer = aws.cloudfront().$create().$config(config(inputs)?).send().await;
                let answer = answer.map_err(|error| refused($create_name, &error))?;
                let id = answer.$policy.map(|policy| policy.id);
                id.ok_or_else(|| unexpected($create_name, "the answer has no id"))
            }

            async fn converge(
                &self,
                aws: &Region,
                target: &Target,
                _live: &Live,
                desired: &Map,
                _differing: &[String],
            ) -> Result<Vec<String>, Failure> {
                let (standing, etag) = got(aws, &target.id).await?.unzip();
                let before = standing.as_ref().and_then(|policy| policy.$config.as_ref());
                let wanted = kept(config(desired)?, before);
                let call = aws.cloudfront().$update().id(&target.id).$config(wanted);
                let call = call.set_if_match(etag);
                call.send().await.map_err(|error| refused($update_name, &error))?;
                Ok(Vec::new())
            }

            async fn delete(&self, aws: &Region, target: &Target) -> Result<Deleted, Failure> {
                let Some((_, etag)) = got(aws, &target.id).await? else { return Ok(Deleted::Gone) };
                let call = aws.cloudfront().$delete().id(&target.id).if_match(etag);
                call.send().await.map_err(|error| refused($delete_name, &error))?;
                Ok(Deleted::Gone)
            }
        }

        async fn got(aws: &Region, id: &str) -> Result<Option<(Policy, String)>, Failure> {
            let answer = aws.cloudfront().$get().id(id).send().await;
            let answer = absent_as_none(answer.map_err(|error| unread($get_name, &error)))?;
            let etag = answer.as_ref().and_then(|answer| answer.e_tag.clone()).unwrap_or_default();
            Ok(answer.and_then(|answer| answer.$policy).map(|policy| (policy, etag)))
        }

        /// All of the account: AWS lets it have 20 by default.
        async fn all(aws: &Region) -> Result<Vec<Policy>, Failure> {
            let mut found = Vec::new();
            let mut marker = None;
            loop {
                let call = aws.cloudfront().$list().r#type(aws_sdk_cloudfront::types::$kind::Custom);
                let answer = call.max_items(100).set_marker(marker).send().await;
                let answer = answer.map_err(|error| unread($list_name, &error))?;
                let Some(list) = answer.$list_field else { return Ok(found) };
                found.extend(list.items.unwrap_or_default().into_iter().filter_map(|item| item.$policy));
                marker = list.next_marker.filter(|marker| !marker.is_empty());
                if marker.is_none() {
                    return Ok(found);
                }
            }
        }

        fn live(policy: &Policy) -> Live {
            let properties = policy.$config.as_ref().map(properties).unwrap_or_default();
            Live { id: policy.id.clone(), properties, outputs: Map::new(), health: Health::Ready }
        }
    };
}
pub(super) use policy_handler;
