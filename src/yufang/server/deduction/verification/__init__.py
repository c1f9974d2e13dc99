"""What people find on site: rounds that explore, answers with photos, rates."""
