//! Nothing but the dependencies of all recipes: whoever depends on this package builds them with the same features, and so
//! once. The programs are in the folders beside this one.
