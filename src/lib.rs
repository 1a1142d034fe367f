//! PM3K.
