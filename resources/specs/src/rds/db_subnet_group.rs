//! `aws:rds:DBSubnetGroup`

use std::collections::BTreeMap;

use finsight_engine::schema::{Equality, Identity, LetsGo, Timing, UsedBy};

use crate::declare::resource;
use crate::ids::{Arn, DbSubnetGroupName, SubnetId, VpcId};

/// RDS keeps the subnets in which a database is.
const DATABASE: UsedBy = UsedBy {
    of: "aws:rds:DBInstance",
    place: "availability_zone",
    spread: "multi_az",
    // re:Post, rds-db-subnet-group
    way: "take one subnet after the other, while the database is in another zone: set `multi_az` and run `up`, \
          `finsight-deploy ops database failover`, take `multi_az` off and run `up`; the group needs subnets in a \
          third zone meanwhile",
};

resource! {
    /// The subnets that databases may be put in: at least two, in different zones.
    DbSubnetGroup: "aws:rds:DBSubnetGroup", id DbSubnetGroupName, outputs DbSubnetGroupOutputs {
        required {
            /// What it is for.
            db_subnet_group_description: String { lets_go(LetsGo::Free) },
            /// The subnets. None is taken out while a database is in the group.
            subnet_ids: Vec<SubnetId> {
                unordered(), lets_go(LetsGo::Changed), used_by(DATABASE),
            },
        }
        optional {
            /// Its name, which RDS keeps in lower case; generated where it is not set.
            db_subnet_group_name: String {
                replace(), equality(Equality::CaseInsensitive), lets_go(LetsGo::Free),
            },
            /// The VPC of the subnets. With it, a program that moves to another VPC says what that means: a
            /// database cannot move, and so the group and what stands in it are replaced.
            vpc_id: VpcId { replace() },
            /// Tags.
            tags: BTreeMap<String, String>,
        }
        outputs {
            /// Its ARN.
            arn: Arn,
            /// The VPC of its subnets.
            vpc_id: VpcId,
        }
        spec {
            identity: Identity::Named { property: "db_subnet_group_name" },
            generated_name: Some("db_subnet_group_name"),
            held: true,
            timing: Timing::new([2, 2, 2], [5, 5, 15]),
        }
    }
}
