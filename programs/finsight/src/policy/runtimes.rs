//! Lambda's runtimes as of 2026-11-30 ("Lambda runtimes", its table of deprecated ones, and `aws-semantics.md` 28).

/// Days on which AWS deprecates something, and stops its creation and its update.
pub(super) struct Support {
    pub name: &'static str,
    pub deprecated: &'static str,
    pub no_create: &'static str,
    pub no_update: &'static str,
}

const fn until(
    name: &'static str,
    deprecated: &'static str,
    no_create: &'static str,
    no_update: &'static str,
) -> Support {
    Support { name, deprecated, no_create, no_update }
}

/// The day of these lists.
pub(super) const AS_OF: &str = "2026-11-30";

/// Runtimes with their days.
pub(super) const DATED: &[Support] = &[
    until("dotnet10", "2028-11-14", "2028-12-14", "2029-01-15"),
    until("dotnet6", "2024-12-20", "2027-02-01", "2027-03-03"),
    until("dotnet8", "2026-11-10", "2027-02-01", "2027-03-03"),
    until("dotnetcore1.0", "2019-07-30", "2019-07-30", "2019-07-30"),
    until("dotnetcore2.0", "2019-05-30", "2019-05-30", "2019-05-30"),
    until("dotnetcore2.1", "2022-01-05", "2022-01-05", "2022-04-13"),
    until("dotnetcore3.1", "2023-04-03", "2023-04-03", "2023-05-03"),
    until("go1.x", "2024-01-08", "2024-02-08", "2024-03-12"),
    until("java8", "2024-01-08", "2024-02-08", "2024-03-12"),
    until("nodejs", "2016-10-31", "2016-10-31", "2016-10-31"),
    until("nodejs10.x", "2021-07-30", "2021-07-30", "2022-02-14"),
    until("nodejs12.x", "2023-03-31", "2023-03-31", "2023-04-30"),
    until("nodejs14.x", "2023-12-04", "2024-01-09", "2024-02-08"),
    until("nodejs16.x", "2024-06-12", "2027-02-01", "2027-03-03"),
    until("nodejs18.x", "2025-09-01", "2027-02-01", "2027-03-03"),
    until("nodejs20.x", "2026-04-30", "2027-02-01", "2027-03-03"),
    until("nodejs22.x", "2027-04-30", "2027-06-01", "2027-07-01"),
    until("nodejs24.x", "2028-04-30", "2028-06-01", "2028-07-01"),
    until("nodejs4.3", "2020-03-05", "2020-03-05", "2020-03-05"),
    until("nodejs6.10", "2019-08-12", "2019-08-12", "2019-08-12"),
    until("nodejs8.10", "2020-03-06", "2020-03-06", "2020-03-06"),
    until("provided", "2024-01-08", "2027-02-01", "2027-03-03"),
    until("provided.al2", "2026-07-31", "2027-02-01", "2027-03-03"),
    until("provided.al2023", "2029-06-30", "2029-07-31", "2029-08-31"),
    until("python2.7", "2021-07-15", "2021-07-15", "2022-05-30"),
    until("python3.10", "2026-10-31", "2027-02-01", "2027-03-03"),
    until("python3.6", "2022-07-18", "2022-07-18", "2022-08-29"),
    until("python3.7", "2023-12-04", "2024-01-09", "2024-02-08"),
    until("python3.8", "2024-10-14", "2027-02-01", "2027-03-03"),
    until("python3.9", "2025-12-15", "2027-02-01", "2027-03-03"),
    until("ruby2.5", "2021-07-30", "2021-07-30", "2022-03-31"),
    until("ruby2.7", "2023-12-07", "2024-01-09", "2024-02-08"),
];

/// Runtimes in support, whose days are not in the list.
pub(super) const CURRENT: &[&str] = &[
    "java11",
    "java17",
    "java21",
    "java25",
    "java8.al2",
    "python3.11",
    "python3.12",
    "python3.13",
    "python3.14",
    "ruby3.3",
    "ruby3.4",
];
