"""`python -m leo_activation.segments.plan` prints the JSON Schema of a plan: `docs/reference/plan-schema.json`."""

import json

from leo_activation.segments.plan import SegmentPlan

if __name__ == "__main__":
    print(json.dumps(SegmentPlan.model_json_schema(), indent=2, ensure_ascii=False))
