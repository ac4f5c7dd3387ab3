"""Libraries of canned replies: what helpdesks export, read macro by macro, each word with its place in the export."""
