//! Logs on stderr, one line each, and traces to a collector where the build has the feature `otlp`.

use crate::config::{LogConfig, LogFormat};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry};

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter does not read.
    #[error("log.filter: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// The collector cannot be sent to.
    #[error("log.otlp: {0}")]
    Collector(String),
    /// It was set up before.
    #[error("logging is set up already")]
    Twice,
}

type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// What has to be held for as long as there is something to log: dropping it sends what is left.
#[derive(Debug, Default)]
#[must_use]
pub struct Telemetry {
    #[cfg(feature = "otlp")]
    #[expect(dead_code, reason = "it is held to be dropped")]
    traces: Option<traces::Traces>,
}

/// Begins to log.
pub fn start(config: &LogConfig) -> Result<Telemetry, TelemetryError> {
    let filter = EnvFilter::try_new(&config.filter)?;
    let mut layers = vec![lines(config.format).with_filter(filter).boxed()];
    let telemetry = start_traces(config, &mut layers)?;
    tracing_subscriber::registry()
        .with(layers)
        .try_init()
        .map_err(|_| TelemetryError::Twice)?;
    Ok(telemetry)
}

fn lines(format: LogFormat) -> BoxedLayer {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match format {
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .boxed(),
        LogFormat::Text => lines.with_target(false).boxed(),
    }
}

#[cfg(not(feature = "otlp"))]
fn start_traces(config: &LogConfig, _: &mut Vec<BoxedLayer>) -> Result<Telemetry, TelemetryError> {
    if config.otlp.is_empty() {
        return Ok(Telemetry::default());
    }
    let problem = "this program was built without the feature otlp";
    Err(TelemetryError::Collector(problem.to_owned()))
}

#[cfg(feature = "otlp")]
fn start_traces(
    config: &LogConfig,
    layers: &mut Vec<BoxedLayer>,
) -> Result<Telemetry, TelemetryError> {
    if config.otlp.is_empty() {
        return Ok(Telemetry::default());
    }
    let (traces, layer) = traces::start(&config.otlp)?;
    layers.push(layer);
    Ok(Telemetry {
        traces: Some(traces),
    })
}

#[cfg(feature = "otlp")]
mod traces {
    //! Spans of requests, sent in batches from a thread of their own.

    use super::{BoxedLayer, TelemetryError};
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
    use opentelemetry_sdk::Resource;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use tracing::level_filters::LevelFilter;
    use tracing_subscriber::Layer as _;
    use tracing_subscriber::filter::Targets;

    /// What sends traces; dropping it sends what is left.
    #[derive(Debug)]
    pub(super) struct Traces(SdkTracerProvider);

    impl Drop for Traces {
        fn drop(&mut self) {
            // A collector that is away is no reason to fail.
            let _ = self.0.shutdown();
        }
    }

    pub(super) fn start(address: &str) -> Result<(Traces, BoxedLayer), TelemetryError> {
        crate::outbound::install_tls();
        let exporter = SpanExporter::builder()
            .with_http()
            .with_endpoint(address)
            .build()
            .map_err(|error| TelemetryError::Collector(error.to_string()))?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(Resource::builder().with_service_name("tollgate").build())
            .build();
        // The span of a request is at the level debug, which no log needs.
        let spans = Targets::new().with_target("tollgate_server::observe", LevelFilter::DEBUG);
        let layer = tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("tollgate"))
            .with_filter(spans)
            .boxed();
        Ok((Traces(provider), layer))
    }
}
