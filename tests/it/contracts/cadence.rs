//! A sign-in that comes to nothing takes as long for a name that exists as for one that does not, without a framework.

biometry_gate_testkit::cadence_contract!(biometry_gate_testkit::cadence_contract::NoFramework);
