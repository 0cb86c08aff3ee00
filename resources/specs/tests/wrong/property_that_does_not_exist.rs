use finsight_specs::ec2::Vpc;

fn main() {
    let _ = Vpc::new("10.0.0.0/16").enable_dns_names(true);
}
