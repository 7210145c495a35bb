//! The columns of a record batch in, the fields of one row after the other out.
//!
//! Text is borrowed from the batch. A column may come in any of the forms that writers choose for strings: with offsets of 32
//! or 64 bits, as views, or as a dictionary.

use std::borrow::Cow;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Schema, TimeUnit};

use crate::article::Published;
use crate::settings::Zone;

use super::fields::{FieldNames, Fields, LongText, Name, Value, words};

/// Those columns of a batch that an article can use.
pub(super) struct Columns<'b> {
    names: &'b FieldNames,
    columns: Vec<(&'b Name, &'b dyn Array)>,
    /// All others, by their names.
    others: Vec<(&'b str, &'b dyn Array)>,
}

impl<'b> Columns<'b> {
    pub(super) fn of(batch: &'b RecordBatch, names: &'b FieldNames) -> Columns<'b> {
        let (mut columns, mut others) = (Vec::new(), Vec::new());
        for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            match names.find(field.name()) {
                Some(name) => columns.push((name, &**column)),
                None => others.push((field.name().as_str(), &**column)),
            }
        }
        Columns { names, columns, others }
    }

    /// The longest text of a row under a name that is not known.
    pub(super) fn other_text(&self, row: usize) -> Option<LongText> {
        self.others.iter().fold(None, |longest, &(name, column)| match value(column, row) {
            Value::Text(text) => LongText::longer(longest, name, words(&text)),
            _ => longest,
        })
    }

    /// The fields of this row, the first being 0.
    pub(super) fn fields(&self, row: usize) -> Fields<'b> {
        let mut fields = Fields::default();
        for &(name, column) in &self.columns {
            for (role, path) in &name.nested {
                if let Some(found) = nested(column, path) {
                    fields.put_role(self.names, *role, 0, value(found, row));
                }
            }
            fields.put(self.names, name, value(column, row));
        }
        fields
    }
}

/// The names of all columns, those of nested ones as `a.b`.
pub(super) fn names_in(schema: &Schema) -> Vec<String> {
    let mut names = Vec::new();
    for field in schema.fields() {
        names.push(field.name().clone());
        if let DataType::Struct(inner) = field.data_type() {
            names.extend(inner.iter().map(|inner| format!("{}.{}", field.name(), inner.name())));
        }
    }
    names
}

/// The column at this path of names below a column of objects.
fn nested<'b>(column: &'b dyn Array, path: &[String]) -> Option<&'b dyn Array> {
    path.iter().try_fold(column, |column, part| {
        let object = column.as_struct_opt()?;
        let at = object.column_names().iter().position(|name| name.eq_ignore_ascii_case(part))?;
        Some(&**object.column(at))
    })
}

/// What a column has in a row.
fn value(column: &dyn Array, row: usize) -> Value<'_> {
    if column.is_null(row) {
        return Value::Null;
    }
    // Each array is of the kind that its type says.
    match column.data_type() {
        DataType::Null => Value::Null,
        DataType::Utf8 => text(column.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => text(column.as_string::<i64>().value(row)),
        DataType::Utf8View => text(column.as_string_view().value(row)),
        DataType::Binary => bytes(column.as_binary::<i32>().value(row)),
        DataType::LargeBinary => bytes(column.as_binary::<i64>().value(row)),
        DataType::BinaryView => bytes(column.as_binary_view().value(row)),
        DataType::FixedSizeBinary(_) => bytes(column.as_fixed_size_binary().value(row)),
        DataType::Int8 => Value::Integer(column.as_primitive::<Int8Type>().value(row).into()),
        DataType::Int16 => Value::Integer(column.as_primitive::<Int16Type>().value(row).into()),
        DataType::Int32 => Value::Integer(column.as_primitive::<Int32Type>().value(row).into()),
        DataType::Int64 => Value::Integer(column.as_primitive::<Int64Type>().value(row)),
        DataType::UInt8 => Value::Integer(column.as_primitive::<UInt8Type>().value(row).into()),
        DataType::UInt16 => Value::Integer(column.as_primitive::<UInt16Type>().value(row).into()),
        DataType::UInt32 => Value::Integer(column.as_primitive::<UInt32Type>().value(row).into()),
        DataType::UInt64 => {
            let number = column.as_primitive::<UInt64Type>().value(row);
            i64::try_from(number).map_or(Value::Large(number), Value::Integer)
        }
        DataType::Float32 => number(column.as_primitive::<Float32Type>().value(row).into()),
        DataType::Float64 => number(column.as_primitive::<Float64Type>().value(row)),
        DataType::Date32 => day(i64::from(column.as_primitive::<Date32Type>().value(row)) * 86_400),
        DataType::Date64 => day(column.as_primitive::<Date64Type>().value(row).div_euclid(1_000)),
        DataType::Timestamp(unit, zone) => {
            let seconds = match unit {
                TimeUnit::Second => column.as_primitive::<TimestampSecondType>().value(row),
                TimeUnit::Millisecond => column.as_primitive::<TimestampMillisecondType>().value(row).div_euclid(1_000),
                TimeUnit::Microsecond => {
                    column.as_primitive::<TimestampMicrosecondType>().value(row).div_euclid(1_000_000)
                }
                TimeUnit::Nanosecond => {
                    column.as_primitive::<TimestampNanosecondType>().value(row).div_euclid(1_000_000_000)
                }
            };
            time(seconds, zone.as_deref())
        }
        DataType::Dictionary(..) => match column.as_any_dictionary_opt() {
            Some(dictionary) => entry(dictionary, row),
            None => Value::Unusable("of a kind that cannot be used"),
        },
        // As in JSON: of an object with a name, such as a source, the name.
        DataType::Struct(_) => match nested(column, &["name".to_owned()]).map(|name| value(name, row)) {
            Some(Value::Text(name)) => Value::Text(name),
            _ => Value::Unusable("an object"),
        },
        DataType::Boolean => Value::Unusable("true or false"),
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::FixedSizeList(..)
        | DataType::ListView(_)
        | DataType::LargeListView(_) => Value::Unusable("a list"),
        _ => Value::Unusable("of a kind that cannot be used"),
    }
}

/// What a dictionary has in a row.
fn entry(dictionary: &dyn arrow_array::array::AnyDictionaryArray, row: usize) -> Value<'_> {
    let key = match value(dictionary.keys(), row) {
        Value::Integer(key) => usize::try_from(key).ok(),
        _ => None,
    };
    key.filter(|&key| key < dictionary.values().len()).map_or(Value::Null, |key| value(&**dictionary.values(), key))
}

fn text(text: &str) -> Value<'_> {
    Value::Text(Cow::Borrowed(text))
}

fn bytes(bytes: &[u8]) -> Value<'_> {
    std::str::from_utf8(bytes).map_or(Value::Unusable("bytes that are no UTF-8"), text)
}

/// No number stands for nothing in a table that has no nulls.
fn number(number: f64) -> Value<'static> {
    if number.is_nan() { Value::Null } else { Value::Number(number) }
}

fn day(epoch_seconds: i64) -> Value<'static> {
    written(Published { offset_minutes: None, is_day: true, ..Published::at(epoch_seconds) })
}

/// A time: a moment where its column has a zone, else what a clock showed.
fn time(seconds: i64, zone: Option<&str>) -> Value<'static> {
    let moment = Published::at(seconds);
    written(match zone {
        None => Published { offset_minutes: None, ..moment },
        Some(zone) => Zone::named(zone).map_or(moment, |zone| moment.on_clock_of(&zone)),
    })
}

fn written(published: Published) -> Value<'static> {
    Value::Text(Cow::Owned(published.to_string()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::types::Int8Type;
    use arrow_array::{
        ArrayRef, BinaryArray, Date32Array, Date64Array, DictionaryArray, FixedSizeBinaryArray, Float32Array,
        Float64Array, Int8Array, Int64Array, LargeBinaryArray, LargeStringArray, ListArray, NullArray, StringArray,
        StringViewArray, StructArray, TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
        TimestampSecondArray, UInt64Array,
    };

    use super::*;

    fn only(column: impl Array + 'static) -> Value<'static> {
        match value(&column, 0) {
            Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Value::Unusable(kind) => Value::Unusable(kind),
            Value::Integer(number) => Value::Integer(number),
            Value::Number(number) => Value::Number(number),
            Value::Large(number) => Value::Large(number),
            Value::Digits(_) => unreachable!("columns have numbers"),
            Value::Null => Value::Null,
        }
    }

    #[test]
    fn a_string_is_the_same_in_every_form() {
        let dictionary: DictionaryArray<Int8Type> = ["tin"].into_iter().collect();
        let texts: [ArrayRef; 8] = [
            Arc::new(StringArray::from(vec!["tin"])),
            Arc::new(LargeStringArray::from(vec!["tin"])),
            Arc::new(StringViewArray::from(vec!["tin"])),
            Arc::new(BinaryArray::from_vec(vec![b"tin"])),
            Arc::new(LargeBinaryArray::from_vec(vec![b"tin"])),
            Arc::new(FixedSizeBinaryArray::try_from_iter([b"tin"].into_iter()).unwrap()),
            Arc::new(dictionary),
            Arc::new(StructArray::from(vec![(
                Arc::new(arrow_schema::Field::new("name", DataType::Utf8, true)),
                Arc::new(StringArray::from(vec!["tin"])) as ArrayRef,
            )])),
        ];
        for column in texts {
            assert_eq!(value(&*column, 0), Value::Text("tin".into()), "{}", column.data_type());
        }
        assert_eq!(only(BinaryArray::from_vec(vec![b"\xff"])), Value::Unusable("bytes that are no UTF-8"));
    }

    #[test]
    fn a_time_is_the_same_in_every_unit() {
        let seconds = 1_638_932_700;
        let times: [ArrayRef; 4] = [
            Arc::new(TimestampSecondArray::from(vec![seconds])),
            Arc::new(TimestampMillisecondArray::from(vec![seconds * 1_000])),
            Arc::new(TimestampMicrosecondArray::from(vec![seconds * 1_000_000])),
            Arc::new(TimestampNanosecondArray::from(vec![seconds * 1_000_000_000])),
        ];
        for column in times {
            assert_eq!(value(&*column, 0), Value::Text("2021-12-08T03:05:00".into()), "{}", column.data_type());
        }
        let zoned = TimestampNanosecondArray::from(vec![seconds * 1_000_000_000]).with_timezone("Asia/Ho_Chi_Minh");
        assert_eq!(only(zoned), Value::Text("2021-12-08T10:05:00+07:00".into()));
        let day = Value::Text("2021-12-08".into());
        assert_eq!(only(Date32Array::from(vec![18_969])), day);
        assert_eq!(only(Date64Array::from(vec![18_969 * 86_400_000])), day);
    }

    #[test]
    fn numbers_are_numbers_and_what_is_nothing_is_null() {
        assert_eq!(only(Int8Array::from(vec![-7])), Value::Integer(-7));
        assert_eq!(only(UInt64Array::from(vec![u64::MAX])), Value::Large(u64::MAX));
        assert_eq!(only(Float32Array::from(vec![0.5])), Value::Number(0.5));
        assert_eq!(only(Float64Array::from(vec![f64::NAN])), Value::Null, "how pandas has a missing one");
        assert_eq!(only(Int64Array::from(vec![None])), Value::Null);
        assert_eq!(only(NullArray::new(1)), Value::Null);
        let list = ListArray::from_iter_primitive::<Int8Type, _, _>([Some([Some(1)])]);
        assert_eq!(only(list), Value::Unusable("a list"));
    }
}
