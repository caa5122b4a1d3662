//! What is kept, what is pushed out, and that each thing is made once.
