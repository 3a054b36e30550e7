//! Histograms of both kinds: counts are added, extremes and exemplars kept. Their shapes are the same, see `key`.

use agent_otlp::{DataPoint, PointKind};

use super::begin_with;

pub(super) fn merge(first: &mut DataPoint<'_>, others: &[DataPoint<'_>]) {
    for other in others.iter().filter(|other| other.count() != 0) {
        first.set_count(first.count().wrapping_add(other.count()));
        first.set_sum(Some(first.sum().unwrap_or_default() + other.sum().unwrap_or_default()));
        if let (Some(own), Some(other)) = (first.min(), other.min()) {
            first.set_min(Some(if own > other { other } else { own }));
        }
        if let (Some(own), Some(other)) = (first.max(), other.max()) {
            first.set_max(Some(if own < other { other } else { own }));
        }
        if first.kind() == PointKind::Histogram {
            first.set_bucket_counts(&added(first.bucket_counts(), &other.bucket_counts()));
        } else {
            first.set_zero_count(first.zero_count().wrapping_add(other.zero_count()));
            let (offset, counts) = first.positive();
            first.set_positive(offset, &added(counts, &other.positive().1));
            let (offset, counts) = first.negative();
            first.set_negative(offset, &added(counts, &other.negative().1));
        }
        let exemplars = first.exemplar_list().zip(other.exemplar_list());
        if let Some(exemplars) = exemplars.and_then(|(own, other)| own.joined(&other)) {
            first.set_exemplar_list(&exemplars);
        }
        begin_with(first, other);
    }
}

fn added(mut counts: Vec<u64>, others: &[u64]) -> Vec<u64> {
    counts.resize(counts.len().max(others.len()), 0);
    for (count, other) in counts.iter_mut().zip(others) {
        *count = count.wrapping_add(*other);
    }
    counts
}
