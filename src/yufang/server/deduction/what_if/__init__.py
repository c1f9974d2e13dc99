"""Deduction on demand: any enterprise, a supposed change, a list that fits a visit."""
