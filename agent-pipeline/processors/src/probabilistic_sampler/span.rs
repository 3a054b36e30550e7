//! Spans: sampling information in the trace state, a wish in the attribute `sampling.priority`.

use agent_otlp::{AnyValue, Span, Verdict};

use super::sampler::{Item, Sampler};
use super::threshold::{Randomness, Threshold, is_id};
use super::trace_state::TraceState;

/// Decides about a span, and leaves the decision in its trace state.
pub(super) fn decide(sampler: &Sampler, seed: u32, span: &mut Span<'_>) -> Verdict {
    let id = span.trace_id();
    let own = if sampler.hashes() {
        is_id(id).then(|| Randomness::of_hash(id, seed))
    } else {
        Randomness::of_trace_id(id)
    };
    let state = TraceState::parse(span.trace_state());
    let carried = state.as_ref().map(TraceState::carried);
    let Some(mut kept) = sampler.decide(&Item { carried, own, priority: priority(span) }) else {
        return Verdict::Drop;
    };
    if let Some(state) = state.filter(|_| kept.write) {
        if sampler.hashes() && own.is_none() {
            kept.randomness = Some(Randomness::GREATEST);
        }
        let text = state.text(&kept);
        span.set_trace_state(&text);
    }
    Verdict::Keep
}

/// The attribute `sampling.priority`: 0 drops, more keeps, everything else says nothing.
fn priority(span: &Span<'_>) -> Option<Threshold> {
    let number = match span.attributes().get("sampling.priority")? {
        AnyValue::Int(number) => f64::from(i8::try_from(number.signum()).unwrap_or_default()),
        AnyValue::Double(number) => *number,
        AnyValue::String(text) => number(text)?,
        _ => return None,
    };
    match number {
        0.0 => Some(Threshold::NEVER),
        _ if number > 0.0 => Some(Threshold::ALWAYS),
        _ => None,
    }
}

/// Reads a number. As in Go, a text that names a finite number beyond the range of doubles has none.
fn number(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    (number.is_finite() || !text.contains(|c: char| c.is_ascii_digit())).then_some(number)
}
