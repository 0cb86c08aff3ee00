//! Programs that refer wrongly do not compile, and the compiler says why.

#[test]
fn wrong_programs_do_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/right/*.rs");
    cases.compile_fail("tests/wrong/*.rs");
}
