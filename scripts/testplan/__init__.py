# SPDX-License-Identifier: GPL-2.0
"""scripts/check: the test plan and its runner.

plan        scripts/plan.toml: rows and steps
changes     scripts/changes.toml: what a change of a file needs
jobs        what runs: a guest, a step, a build of the module
runner      runs jobs side by side, repeats failed tests
results     prints and counts verdicts
processes   the process groups that this run has started
"""
