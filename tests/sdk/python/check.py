"""Runs the official Python SDK against a simulator that tells conversations; ends with 1 at the first difference.

    check.py http://127.0.0.1:PORT
"""

import sys

import aggregates
import conversations
import jobs
import login
import names
from simulator import Difference, Simulator

CHECKS = [
    login.client_credentials,
    login.a_wrong_secret,
    login.without_a_token,
    conversations.query_to_the_last_page,
    conversations.query_as_models_say,
    conversations.by_id,
    conversations.an_interval_that_is_too_long,
    aggregates.handle_times_by_half_hour,
    aggregates.offered_in_all,
    jobs.to_the_last_cursor,
    jobs.cancelled,
    jobs.availability,
    names.queues,
    names.wrapup_codes,
    names.users,
    names.skills_and_languages,
]


def main():
    """The checks in turn."""
    simulator = Simulator(sys.argv[1])
    simulator.log_in()
    for check in CHECKS:
        name = f"{check.__module__}.{check.__name__}"
        try:
            check(simulator)
        except Difference as difference:
            print(f"FAILED {name}: {difference}", file=sys.stderr)
            return 1
        print(f"ok     {name}")
    print(f"{len(CHECKS)} checks of the Python SDK passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
