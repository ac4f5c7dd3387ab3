"""What every gate shares: the contract, the policy, the answer, overrides and their log. Nothing here listens."""
