//! Amplify.
