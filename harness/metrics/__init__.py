"""Reference metrics, dialogue acts and expectation checks. `metric` holds the Protocol that all of them fit."""
