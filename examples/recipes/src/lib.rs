//! Nothing but the dependencies of all recipes: a package that depends on this one builds them with the same features, and so
//! once. The programs are in the folders beside this one.
