/**
 * Which permissions a call needs: its operation's actions, on which resource, with which condition keys. From the
 * Service Authorization Reference (https://docs.aws.amazon.com/service-authorization/latest/reference/), and for S3 from
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html.
 */

/** One permission. */
export interface Need {
  /** For example `s3:GetObjectVersion`. */
  action: string;
  /** An ARN, or `*` where the action knows no resource. */
  resource: string;
  /** Condition keys that the request carries, in lower case; several values for a key with a set. */
  context: Readonly<Record<string, string | readonly string[]>>;
}

export interface Request {
  /** As the call log names them. */
  service: string;
  operation: string;
  /** What the call acts on, as the call log has it. */
  resource: string;
  /** Of a copy: `bucket/key`, with `?versionId=` where one is named. */
  source?: string;
}

/** What the text of a call does not say. */
export interface Facts {
  region: string;
  accountId: string;
  cluster: string;
  /** Aliases of a KMS key by its ARN. */
  aliasesOf(keyArn: string): readonly string[];
}

type Rule = (request: Request, facts: Facts) => Need[];

/** The permissions that the call needs, all of them. Throws for an operation that nobody has looked up. */
export function needsOf(request: Request, facts: Facts): Need[] {
  const name = `${request.service}:${request.operation}`;
  const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
  if (!rule)
    throw new Error(`which permissions ${name} needs is not known: add it to drill/aws/access/needs.ts`);
  return rule(request, facts);
}

/** The actions of an operation, whatever it acts on. Throws for an operation that nobody has looked up. */
export function actionsOf(service: string, operation: string): string[] {
  const anything = {
    service,
    operation,
    resource: "bucket/key?versionId=1",
    source: "bucket/key?versionId=1",
  };
  const nowhere = { region: "", accountId: "", cluster: "", aliasesOf: () => [] };
  const plain = { ...anything, resource: "bucket/key", source: "bucket/key" };
  const needs = [anything, plain].flatMap((request) => needsOf(request, nowhere));
  return [...new Set(needs.map(({ action }) => action))];
}

const need = (action: string, resource = "*", context: Need["context"] = {}): Need => ({
  action,
  resource,
  context,
});

/** The action of the same name, for which the service knows no resource. */
const anywhere =
  (prefix: string): Rule =>
  ({ operation }) => [need(`${prefix}:${operation}`)];

const arn = (service: string, { region, accountId }: Facts, local: string) =>
  `arn:aws:${service}:${region}:${accountId}:${local}`;

/** The action of the same name on an ARN. */
const on =
  (prefix: string, local: (resource: string, facts: Facts) => string): Rule =>
  ({ operation, resource }, facts) => [
    need(`${prefix}:${operation}`, arn(prefix, facts, local(resource, facts))),
  ];

const tasks: Rule = ({ operation, resource }, facts) =>
  resource
    .split(" ")
    .map((task) =>
      need(`ecs:${operation}`, arn("ecs", facts, `task/${facts.cluster}/${task.split("/").at(-1)}`)),
    );

const service = on("ecs", (name, { cluster }) => `service/${cluster}/${name.split("/").at(-1)}`);
const logGroup = on("logs", (name) => `log-group:${name.split(" to ")[0]?.split(":")[0]}:*`);
const logStream = on("logs", (name) => {
  const [group, stream = "*"] = name.split(/:(.*)/s);
  return `log-group:${group}:log-stream:${stream}`;
});
const parameter = on("ssm", (name) => `parameter/${name.replace(/^\//, "").replace(/:[^/]*$/, "")}`);
const trail: Rule = ({ operation, resource }, facts) => [
  need(
    `cloudtrail:${operation}`,
    resource.startsWith("arn:") ? resource : arn("cloudtrail", facts, `trail/${resource}`),
  ),
];
const role: Rule = ({ operation, resource }, { accountId }) => [
  need(
    `iam:${operation}`,
    resource.startsWith("arn:") ? resource : `arn:aws:iam::${accountId}:role/${resource}`,
  ),
];
const policy: Rule = ({ operation, resource }) => [need(`iam:${operation}`, resource)];
const key: Rule = ({ operation, resource }, { aliasesOf }) => [
  need(`kms:${operation}`, resource, { "kms:resourcealiases": aliasesOf(resource) }),
];
const job = on("s3", (id) => `job/${id}`);

/** An action on the bucket. */
const bucket =
  (action: string): Rule =>
  ({ resource }) => [need(`s3:${action}`, `arn:aws:s3:::${resource.split("/")[0]}`)];

/** An action on the object; another one on a version of it. */
const object =
  (action: string, onVersion = action): Rule =>
  ({ resource }) => [objectNeed(resource, action, onVersion)];

function objectNeed(path: string, action: string, onVersion: string): Need {
  const [name, version] = path.split("?versionId=");
  return need(`s3:${version === undefined ? action : onVersion}`, `arn:aws:s3:::${name}`);
}

/** Reading the source and writing the copy. */
const copy: Rule = ({ resource, source }) => [
  ...(source === undefined ? [] : [objectNeed(source, "GetObject", "GetObjectVersion")]),
  objectNeed(resource.split("?")[0] ?? "", "PutObject", "PutObject"),
];

const RULES: Readonly<Record<string, Rule>> = {
  "ecs:DescribeServices": service,
  "ecs:UpdateService": service,
  "ecs:DescribeTasks": tasks,
  "ecs:StopTask": tasks,
  "ecs:ListTasks": ({ operation }, facts) => [
    need(`ecs:${operation}`, "*", { "ecs:cluster": arn("ecs", facts, `cluster/${facts.cluster}`) }),
  ],
  "ecs:DescribeTaskDefinition": anywhere("ecs"),
  "autoscaling:DescribeScalableTargets": anywhere("application-autoscaling"),
  "autoscaling:DescribeScalingPolicies": anywhere("application-autoscaling"),
  "autoscaling:RegisterScalableTarget": ({ operation }, facts) => [
    need(
      `application-autoscaling:${operation}`,
      arn("application-autoscaling", facts, "scalable-target/any"),
      {
        "application-autoscaling:service-namespace": "ecs",
        "application-autoscaling:scalable-dimension": "ecs:service:DesiredCount",
      },
    ),
  ],
  "servicequotas:ListServiceQuotas": anywhere("servicequotas"),
  "logs:DescribeLogGroups": on("logs", () => "log-group:any:*"),
  "logs:DescribeLogStreams": logGroup,
  "logs:FilterLogEvents": logGroup,
  "logs:GetDataProtectionPolicy": logGroup,
  "logs:CreateExportTask": logGroup,
  "logs:GetLogEvents": logStream,
  "logs:DescribeExportTasks": anywhere("logs"),
  "ssm:GetParameter": parameter,
  "ssm:GetParameterHistory": parameter,
  "ssm:LabelParameterVersion": parameter,
  "ssm:PutParameter": parameter,
  "ssm:DescribeParameters": anywhere("ssm"),
  "cloudtrail:LookupEvents": anywhere("cloudtrail"),
  "cloudtrail:DescribeTrails": anywhere("cloudtrail"),
  "cloudtrail:ListPublicKeys": anywhere("cloudtrail"),
  "cloudtrail:GetTrail": trail,
  "cloudtrail:GetTrailStatus": trail,
  "cloudtrail:GetEventSelectors": trail,
  "iam:GetRole": role,
  "iam:ListRolePolicies": role,
  "iam:GetRolePolicy": role,
  "iam:ListAttachedRolePolicies": role,
  "iam:PutRolePolicy": role,
  "iam:DeleteRolePolicy": role,
  "iam:UpdateAssumeRolePolicy": role,
  "iam:SimulatePrincipalPolicy": role,
  "iam:GetPolicy": policy,
  "iam:GetPolicyVersion": policy,
  "kms:Sign": key,
  "kms:GetPublicKey": key,
  "s3:ListObjectsV2": bucket("ListBucket"),
  "s3:ListObjectVersions": bucket("ListBucketVersions"),
  "s3:ListMultipartUploads": bucket("ListBucketMultipartUploads"),
  "s3:GetBucketPolicy": bucket("GetBucketPolicy"),
  "s3:GetBucketVersioning": bucket("GetBucketVersioning"),
  "s3:GetBucketLifecycleConfiguration": bucket("GetLifecycleConfiguration"),
  "s3:GetObjectLockConfiguration": bucket("GetBucketObjectLockConfiguration"),
  "s3:GetObject": object("GetObject", "GetObjectVersion"),
  "s3:HeadObject": object("GetObject", "GetObjectVersion"),
  "s3:GetObjectRetention": object("GetObjectRetention"),
  "s3:PutObject": object("PutObject"),
  "s3:CreateMultipartUpload": object("PutObject"),
  "s3:CompleteMultipartUpload": object("PutObject"),
  "s3:AbortMultipartUpload": object("AbortMultipartUpload"),
  "s3:CopyObject": copy,
  "s3:UploadPartCopy": copy,
  // Beginning a job hands its role over.
  "s3control:CreateJob": (_, { accountId }) => [
    need("s3:CreateJob", "*", { "s3:requestjoboperation": "S3PutObjectCopy" }),
    need("iam:PassRole", `arn:aws:iam::${accountId}:role/firebreak-batch-copy-any`, {
      "iam:passedtoservice": "batchoperations.s3.amazonaws.com",
    }),
  ],
  "s3control:DescribeJob": job,
  "s3control:UpdateJobStatus": job,
};
