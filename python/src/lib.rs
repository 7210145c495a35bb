//! wirecopy for Python: Arrow tables in, Arrow tables out.
//!
//! The module `wirecopy._wirecopy` is small on purpose: names, defaults and documentation for people are in `wirecopy/*.py`,
//! what is found in the library. Between them are tables ([`table`]), threads and Ctrl-C ([`work`]), and exceptions ([`errors`]).

mod errors;
mod find;
mod stages;
mod stored;
mod table;
mod work;

use pyo3::prelude::*;

/// What `wirecopy/__init__.py` stands on.
#[pymodule]
mod _wirecopy {
    #[pymodule_export]
    use crate::find::{dedup, explain, find, option_names};
    #[pymodule_export]
    use crate::stages::{
        clusters, compare, event_step, event_threshold, most_of_a_list, outline, propose, score, search_step, shells,
        sign, sign_documents, term_table,
    };
    #[pymodule_export]
    use crate::stored::StoredIndex;
    #[pymodule_export]
    use crate::table::{Table, text_columns};

    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
