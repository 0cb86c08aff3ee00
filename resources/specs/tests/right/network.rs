use finsight_engine::program::Stack;
use finsight_specs::ec2::{Subnet, Vpc};

fn main() {
    let stack = Stack::new("dev", "ap-northeast-1");
    let s = stack.component("network", Default::default());
    let vpc = s.add("main", Vpc::new("10.0.0.0/16"));
    s.add("a", Subnet::new(&vpc, "10.0.0.0/24"));
}
