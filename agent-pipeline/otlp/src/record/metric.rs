//! A metric: name, unit and kind around its data points.

use std::borrow::Cow;

use super::{DataPoint, Fate, Message, MetricKind, PointKind, Verdict, WireList, splice};
use crate::value::Attributes;
use crate::wire::{self, Field, Fields, int};

/// The numbers of the `data` oneof.
const DATA: [u32; 5] = [5, 7, 9, 10, 11];
const POINTS: u32 = 1;
const TEMPORALITY: u32 = 2;
const MONOTONIC: u32 = 3;

/// A metric, decoded as far as it is asked for.
#[derive(Clone, Debug)]
pub struct Metric<'a> {
    pub(crate) message: Message<'a>,
}

impl<'a> Metric<'a> {
    pub(crate) const fn new(raw: &'a [u8]) -> Self {
        Self { message: Message::new(raw, 12) }
    }

    accessors! {
        /// The name.
        text name set_name = 1;
        /// The description.
        text description set_description = 2;
        /// The unit, in UCUM.
        text unit set_unit = 3;
    }

    /// The metadata attributes of the metric, which are not those of its points.
    pub fn metadata(&self) -> &Attributes<'a> {
        self.message.attributes()
    }

    /// The metadata attributes, to be changed.
    pub fn metadata_mut(&mut self) -> &mut Attributes<'a> {
        self.message.attributes_mut()
    }

    /// A metric without anything, not even data.
    pub const fn empty() -> Self {
        Self::new(&[])
    }

    /// A copy without any tie to the received bytes, to become a metric of its own.
    pub fn duplicate<'o>(&self) -> Metric<'o> {
        let mut bytes = Vec::new();
        self.message.encode(&mut bytes);
        Metric { message: Message::owned(&bytes, 12) }
    }

    /// Makes a gauge of a sum or a sum of a gauge, keeping the points. Does nothing where the points would not fit.
    pub fn convert(&mut self, to: MetricKind) {
        let Some((kind, data)) = self.data() else { return };
        if kind == to || kind.points() != to.points() {
            return;
        }
        let mut content = Vec::with_capacity(data.len());
        for field in Fields::new(&data).filter(|field| ![TEMPORALITY, MONOTONIC].contains(&field.number)) {
            content.extend_from_slice(field.raw);
        }
        self.set_data(to, &content);
    }

    /// Replaces kind and points. What else the data has (temporality, monotonic) stays if the kind does.
    pub fn set_points<'p, 'q: 'p>(
        &mut self,
        kind: MetricKind,
        points: impl IntoIterator<Item = &'p DataPoint<'q>>,
    ) {
        let mut content = Vec::new();
        if let Some((_, data)) = self.data().filter(|(old, _)| *old == kind) {
            for field in Fields::new(&data).filter(|field| field.number != POINTS) {
                content.extend_from_slice(field.raw);
            }
        }
        let mut bytes = Vec::new();
        for point in points {
            bytes.clear();
            point.message.encode(&mut bytes);
            wire::put_bytes(&mut content, POINTS, &bytes);
        }
        self.set_data(kind, &content);
    }

    /// Replaces the points by others of the same shape; does nothing when there is no data.
    pub fn set_point_list(&mut self, points: &WireList<'_>) {
        let Some((kind, data)) = self.data() else { return };
        let mut data = Message::new(&data, 0);
        if points.put(POINTS, &mut data) && data.changed() {
            let mut content = Vec::new();
            data.encode(&mut content);
            self.set_data(kind, &content);
        }
    }

    /// The points as a whole; `None` for a metric without data.
    pub fn point_list(&self) -> Option<(MetricKind, WireList<'_>)> {
        self.data().map(|(kind, data)| (kind, WireList::new(data, POINTS)))
    }

    /// The kind, `None` for a metric without data.
    pub fn kind(&self) -> Option<MetricKind> {
        self.message.last_among(&DATA).and_then(|field| MetricKind::from_number(field.number))
    }

    /// The data message: kind and bytes.
    fn data(&self) -> Option<(MetricKind, Cow<'_, [u8]>)> {
        data_of(self.message.among(&DATA))
    }

    /// The data message of an unchanged metric.
    pub(crate) fn into_data(self) -> Option<(MetricKind, Cow<'a, [u8]>)> {
        data_of(Fields::new(self.message.raw()).filter(|f| DATA.contains(&f.number)))
    }

    /// Appends all but the data message to `out` and returns that.
    pub(crate) fn encode_around(&self, out: &mut Vec<u8>) -> Vec<u8> {
        let data = self.data().map(|(_, bytes)| bytes.into_owned()).unwrap_or_default();
        let mut whole = Vec::new();
        self.message.encode(&mut whole);
        for field in Fields::new(&whole).filter(|field| !DATA.contains(&field.number)) {
            out.extend_from_slice(field.raw);
        }
        data
    }

    /// Replaces the data message.
    fn set_data(&mut self, kind: MetricKind, content: &[u8]) {
        for number in DATA {
            if number == kind.number() {
                self.message.replace(number, |field| wire::put_bytes(field, number, content));
            } else if self.message.last(number).is_some() {
                self.message.replace(number, |_| {});
            }
        }
    }

    /// A scalar of the data message.
    fn data_bits(&self, number: u32) -> u64 {
        self.data()
            .and_then(|(_, bytes)| wire::last(&bytes, number).map(wire::Value::bits))
            .unwrap_or_default()
    }

    /// Sets a scalar of the data message, if there is one.
    fn set_data_varint(&mut self, number: u32, value: u64) {
        let Some((kind, bytes)) = self.data() else { return };
        let mut data = Message::new(&bytes, 0);
        data.set_varint(number, value);
        if data.changed() {
            let mut content = Vec::with_capacity(bytes.len() + 8);
            data.encode(&mut content);
            self.set_data(kind, &content);
        }
    }

    /// The number of the temporality (1 delta, 2 cumulative), 0 for kinds that have none.
    pub fn aggregation_temporality(&self) -> i32 {
        int::int32(self.data_bits_of(&HAS_TEMPORALITY, TEMPORALITY))
    }

    /// Sets [`Self::aggregation_temporality`] of a sum or histogram; does nothing for other kinds.
    pub fn set_aggregation_temporality(&mut self, temporality: i32) {
        if self.kind().is_some_and(|kind| HAS_TEMPORALITY.contains(&kind)) {
            self.set_data_varint(TEMPORALITY, int::from_int32(temporality));
        }
    }

    /// Whether a sum only ever grows; `false` for other kinds.
    pub fn is_monotonic(&self) -> bool {
        self.data_bits_of(&[MetricKind::Sum], MONOTONIC) != 0
    }

    /// Sets [`Self::is_monotonic`] of a sum; does nothing for other kinds.
    pub fn set_is_monotonic(&mut self, monotonic: bool) {
        if self.kind() == Some(MetricKind::Sum) {
            self.set_data_varint(MONOTONIC, u64::from(monotonic));
        }
    }

    fn data_bits_of(&self, kinds: &[MetricKind], number: u32) -> u64 {
        if self.kind().is_some_and(|kind| kinds.contains(&kind)) { self.data_bits(number) } else { 0 }
    }

    /// How many data points there are.
    pub fn point_count(&self) -> usize {
        self.points().count()
    }

    /// The data points in wire order.
    pub fn points(&self) -> impl Iterator<Item = DataPoint<'_>> {
        let kind = self.kind();
        // What counts is the run of the last kind, and concatenating its parts is merging them.
        let mut parts = Vec::new();
        for field in self.message.among(&DATA) {
            if Some(field.number) != kind.map(MetricKind::number) {
                parts.clear();
                continue;
            }
            parts.push(field.value.bytes());
        }
        let shape = kind.map_or(PointKind::Number, MetricKind::points);
        let fields = parts.into_iter().flat_map(Fields::new).filter(|field| field.number == POINTS);
        fields.map(move |field| DataPoint::new(shape, field.value.bytes()))
    }

    /// Visits the data points, which may be changed or dropped, together with the metric around them. A metric
    /// whose last point is dropped keeps its kind; whether it stays is the caller's decision.
    pub fn edit_points(&mut self, mut f: impl FnMut(&mut Metric<'a>, &mut DataPoint<'_>) -> Verdict) {
        let data = if DATA.into_iter().any(|number| self.message.edited(number)) {
            self.data().map(|(kind, bytes)| (kind, Cow::Owned(bytes.into_owned())))
        } else {
            data_of(Fields::new(self.message.raw()).filter(|f| DATA.contains(&f.number)))
        };
        let Some((kind, bytes)) = data else { return };
        let mut content = Vec::new();
        let changed = splice(&bytes, POINTS, &mut content, |raw, out| {
            let mut point = DataPoint::new(kind.points(), raw);
            let fate = Fate::of(f(self, &mut point), &point.message, out);
            point.message.leave();
            fate
        });
        if changed {
            self.set_data(kind, &content);
        }
    }
}

const HAS_TEMPORALITY: [MetricKind; 3] =
    [MetricKind::Sum, MetricKind::Histogram, MetricKind::ExponentialHistogram];

/// The `data` member that counts. When the wire holds several, the last kind does, and what follows each other of
/// that kind is one message.
fn data_of<'b>(members: impl Iterator<Item = Field<'b>>) -> Option<(MetricKind, Cow<'b, [u8]>)> {
    let mut found: Option<(u32, Cow<'b, [u8]>)> = None;
    for field in members {
        match &mut found {
            Some((number, bytes)) if *number == field.number => {
                bytes.to_mut().extend_from_slice(field.value.bytes());
            }
            _ => found = Some((field.number, Cow::Borrowed(field.value.bytes()))),
        }
    }
    let (number, bytes) = found?;
    Some((MetricKind::from_number(number)?, bytes))
}
