//! Every handler, through the engine, on the embedded AWS.
