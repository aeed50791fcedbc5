/**
 * What infra/'s roles are allowed that no test can need, each with the reason. What is used may not stand here, nor what
 * is not allowed.
 */

/** S3 and SSM ask for these themselves where a bucket or parameter is under a customer's key; the simulated ones do not encrypt. */
const KMS = "the service itself asks for it, where a customer-managed key encrypts";
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-iam-role-policies.html */
const TAGS = "S3 Batch Operations copies an object's tags with it; no simulated object has any";

export const EXEMPT: Readonly<Record<string, string>> = {
  "EvidenceRole: CustomerKeys kms:Decrypt": KMS,
  "EvidenceRole: CustomerKeys kms:GenerateDataKey": KMS,
  "ContainmentRole: CustomerKeys kms:Decrypt": KMS,
  // PutParameter: https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
  "ContainmentRole: CustomerKeys kms:Encrypt": KMS,
  "ContainmentRole: CustomerKeys kms:GenerateDataKey": KMS,
  "BatchCopyRole: AuditRecords s3:GetObjectTagging": TAGS,
  "BatchCopyRole: AuditRecords s3:GetObjectVersionTagging": TAGS,
  "BatchCopyRole: Copies s3:PutObjectTagging": TAGS,
  "BatchCopyRole: AuditRecords s3:GetObject":
    "S3's own list has it beside the one on versions; jobs of Firebreak always name the version",
  "BatchCopyRole: Manifests s3:GetObject":
    "S3's own list has it beside the one on versions; jobs of Firebreak always name the version",
  "BatchCopyRole: DefaultRetention s3:GetBucketObjectLockConfiguration":
    "S3 Batch Operations sees by it that Object Lock is on, before it sets a retention",
};
