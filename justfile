# Short names for the project's own commands; `just` alone lists them. Each is one `cargo xtask …`
# or cargo command, so nothing here is needed to work on the project.

_default:
    @just --list --unsorted

# Run the server with the demo catalog and customers.
dev *ARGS:
    cargo run --package tollgate-server -- dev {{ ARGS }}

# Run the whole test-suite, or the suites named.
test *SUITES:
    cargo xtask test {{ SUITES }}

# Everything at full length: what takes hours rather than minutes.
test-long *SUITES:
    cargo xtask test --long {{ SUITES }}

# What CI runs: format, lints, docs, licences, tests.
ci:
    cargo xtask ci

# The checks without the tests.
lint:
    cargo xtask ci --no-test

# Format every file.
fmt:
    cargo fmt --all

# Start a throwaway PostgreSQL and print its URL, until Ctrl-C.
postgres:
    cargo xtask postgres

# The documentation of every crate, in the browser.
doc:
    cargo doc --workspace --no-deps --open
