"""Event source mappings as templates declare them: SAM, CloudFormation, CDK, Serverless Framework, Terraform.

Each language has a module that reads its words, and translates them into CloudFormation's: a `Stack`. `deployed` finds
one mapping in a stack, and `intrinsics` computes the values that a template states by functions and references.
"""
