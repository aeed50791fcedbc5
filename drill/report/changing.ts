import type { CallRecord } from "../contracts.ts";

/** Calls that change the platform, as opposed to reading it or writing evidence about it. */
const CHANGING: Readonly<Record<string, RegExp>> = {
  ecs: /^(Create|Update|Delete|Deregister|Register|Put|Run|Start|Stop|Submit|Tag|Untag)/,
  autoscaling: /^(Register|Deregister|Put|Delete|Tag|Untag)/,
  // LabelParameterVersion leaves the value alone: it is how a version is documented.
  ssm: /^(Put|Delete)/,
  logs: /^(Delete|Put|Create|Associate|Disassociate|Tag|Untag)/,
  s3: /^(Delete|PutBucket|PutObjectLock|PutPublic|CreateBucket)/,
  entra: /^(users\/(?!get)|applications\/(add|remove|update))/,
  iam: /^(?!Get|List|Simulate)/,
};

/** Whether a call changes the platform. A refused call counts too: it was made. */
export function isChanging({ service, operation }: Pick<CallRecord, "service" | "operation">): boolean {
  return CHANGING[service]?.test(operation) ?? false;
}
