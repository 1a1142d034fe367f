pub mod create;
pub mod login;
pub mod publish;
pub mod reads;
