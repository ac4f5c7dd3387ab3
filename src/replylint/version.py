"""The version of replylint."""

VERSION = "0.1.0"
