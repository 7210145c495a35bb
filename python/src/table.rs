//! A Python object in, its record batches out, and back: over the Arrow PyCapsule interface, without copying.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchIterator, RecordBatchOptions, StringArray};
use arrow_pyarrow::FromPyArrow;
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit, ffi::FFI_ArrowSchema};
use pyo3::BoundObject;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCapsule, PyDict, PyList};

use crate::errors::InputError;

/// A table of Arrow columns. Whatever takes the Arrow PyCapsule interface takes it without copying: `pyarrow.table(t)`,
/// `polars.DataFrame(t)`, `duckdb.sql("from t")`, `pandas.DataFrame.from_arrow(t)`.
#[pyclass(frozen, module = "wirecopy", name = "Table")]
pub(crate) struct Table {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

impl Table {
    pub(crate) fn of(batch: RecordBatch) -> Table {
        Table { schema: batch.schema(), batches: vec![batch] }
    }

    /// The table of these batches, of which there may be none.
    pub(crate) fn of_batches(schema: SchemaRef, batches: Vec<RecordBatch>) -> Table {
        Table { schema, batches }
    }

    fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}

#[pymethods]
impl Table {
    /// The table as an Arrow stream, for whatever takes one. `requested_schema` is not heeded, as the interface allows.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        let batches = RecordBatchIterator::new(self.batches.clone().into_iter().map(Ok), Arc::clone(&self.schema));
        PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(batches)), c"arrow_array_stream")
    }

    /// The columns and their types as an Arrow schema.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema =
            FFI_ArrowSchema::try_from(&*self.schema).map_err(|error| PyTypeError::new_err(error.to_string()))?;
        PyCapsule::new_with_value(py, schema, c"arrow_schema")
    }

    /// How many rows it has.
    #[getter]
    fn num_rows(&self) -> usize {
        self.rows()
    }

    /// The names of its columns, in order.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        self.schema.fields().iter().map(|field| field.name().clone()).collect()
    }

    /// A `pyarrow.Table` of the same memory. Needs pyarrow.
    fn to_pyarrow<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("pyarrow")?.getattr("table")?.call1((slf,))
    }

    /// A `polars.DataFrame`. Needs Polars.
    fn to_polars<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("polars")?.getattr("DataFrame")?.call1((slf,))
    }

    /// A `pandas.DataFrame`. Needs pandas and pyarrow.
    fn to_pandas<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Table::to_pyarrow(slf)?.call_method0("to_pandas")
    }

    /// A dictionary for each row. Needs nothing but Python; the results of wirecopy have no column that it can't read, but rows of a
    /// table of yours may.
    fn to_pylist<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let rows = PyList::empty(py);
        for batch in &self.batches {
            for row in 0..batch.num_rows() {
                let dictionary = PyDict::new(py);
                for (field, column) in self.schema.fields().iter().zip(batch.columns()) {
                    let value = value(py, column, row).ok_or_else(|| {
                        let (name, of_type) = (field.name(), field.data_type());
                        PyTypeError::new_err(format!("column {name} is {of_type}: read it with to_pyarrow()"))
                    })?;
                    dictionary.set_item(field.name(), value?)?;
                }
                rows.append(dictionary)?;
            }
        }
        Ok(rows)
    }

    fn __len__(&self) -> usize {
        self.rows()
    }

    fn __repr__(&self) -> String {
        let columns: Vec<String> =
            self.schema.fields().iter().map(|field| format!("{}: {}", field.name(), field.data_type())).collect();
        format!("wirecopy.Table({} rows; {})", self.rows(), columns.join(", "))
    }
}

/// What a column has in a row; `None` where Python has no such thing that we know of.
fn value<'py>(py: Python<'py>, column: &ArrayRef, row: usize) -> Option<PyResult<Bound<'py, PyAny>>> {
    if column.is_null(row) {
        return Some(Ok(py.None().into_bound(py)));
    }
    fn any<'py, T: IntoPyObject<'py>>(py: Python<'py>, value: T) -> Option<PyResult<Bound<'py, PyAny>>> {
        Some(value.into_pyobject(py).map_err(Into::into).map(|value| value.into_any().into_bound()))
    }
    match column.data_type() {
        DataType::Utf8 => any(py, column.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => any(py, column.as_string::<i64>().value(row)),
        DataType::Utf8View => any(py, column.as_string_view().value(row)),
        DataType::Binary => Some(Ok(PyBytes::new(py, column.as_binary::<i32>().value(row)).into_any())),
        DataType::Boolean => any(py, column.as_boolean().value(row)),
        DataType::Int8 => any(py, column.as_primitive::<Int8Type>().value(row)),
        DataType::Int16 => any(py, column.as_primitive::<Int16Type>().value(row)),
        DataType::Int32 => any(py, column.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => any(py, column.as_primitive::<Int64Type>().value(row)),
        DataType::UInt8 => any(py, column.as_primitive::<UInt8Type>().value(row)),
        DataType::UInt16 => any(py, column.as_primitive::<UInt16Type>().value(row)),
        DataType::UInt32 => any(py, column.as_primitive::<UInt32Type>().value(row)),
        DataType::UInt64 => any(py, column.as_primitive::<UInt64Type>().value(row)),
        DataType::Float32 => any(py, column.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => any(py, column.as_primitive::<Float64Type>().value(row)),
        DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) if &**zone == "UTC" => {
            Some(at(py, column.as_primitive::<TimestampMicrosecondType>().value(row)))
        }
        DataType::List(_) => {
            let values = column.as_list::<i32>().value(row);
            let items: Option<PyResult<Vec<_>>> = (0..values.len()).map(|row| value(py, &values, row)).collect();
            Some(items?.and_then(|items| Ok(PyList::new(py, items)?.into_any())))
        }
        _ => None,
    }
}

/// A `datetime` in UTC. The times of articles are whole seconds; what a table of yours has beyond those is kept.
fn at(py: Python<'_>, epoch_microseconds: i64) -> PyResult<Bound<'_, PyAny>> {
    let (seconds, microseconds) = (epoch_microseconds.div_euclid(1_000_000), epoch_microseconds.rem_euclid(1_000_000));
    let datetime = py.import("datetime")?;
    let utc = datetime.getattr("timezone")?.getattr("utc")?;
    let whole = datetime.getattr("datetime")?.call_method1("fromtimestamp", (seconds, utc))?;
    let rest = datetime.getattr("timedelta")?.call1((0, 0, microseconds))?;
    whole.call_method1("__add__", (rest,))
}

/// The batches of a Python object that hands out an Arrow stream or a struct array, checked: what another library claims of
/// its memory is looked at before it is believed.
pub(crate) fn batches_of(object: &Bound<'_, PyAny>) -> PyResult<Vec<RecordBatch>> {
    if let Ok(table) = object.cast::<Table>() {
        return Ok(table.get().batches.clone());
    }
    let py = object.py();
    if object.hasattr("__arrow_c_stream__")? {
        let reader = RecordBatchStreamReader::from_pyarrow_bound(object)?;
        let batches = py.detach(|| {
            reader
                .map(|batch| batch.map_err(|error| error.to_string()).and_then(checked))
                .collect::<Result<Vec<_>, _>>()
        });
        return batches
            .map_err(|error| InputError::new_err((format!("the table could not be read: {error}"), None::<u64>)));
    }
    if object.hasattr("__arrow_c_array__")? {
        // Checked there already.
        return Ok(vec![RecordBatch::from_pyarrow_bound(object)?]);
    }
    let found = object.get_type().fully_qualified_name()?;
    Err(PyTypeError::new_err(format!(
        "table: found {found}, expected an Arrow table (pyarrow, pandas, Polars, DuckDB, or anything else with __arrow_c_stream__) or a \
         list of dictionaries"
    )))
}

fn checked(batch: RecordBatch) -> Result<RecordBatch, String> {
    for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        column.to_data().validate_full().map_err(|error| format!("column {}: {error}", field.name()))?;
    }
    Ok(batch)
}

/// A table of so many rows and these text columns, each with its name and values.
#[pyfunction]
pub(crate) fn text_columns(rows: usize, columns: Vec<(String, Vec<Option<String>>)>) -> PyResult<Table> {
    let fields: Vec<Field> = columns.iter().map(|(name, _)| Field::new(name, DataType::Utf8, true)).collect();
    let arrays = columns.into_iter().map(|(_, values)| Arc::new(StringArray::from(values)) as ArrayRef).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    let batch = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options);
    Ok(Table::of(batch.map_err(|error| PyTypeError::new_err(error.to_string()))?))
}
