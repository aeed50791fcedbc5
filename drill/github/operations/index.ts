/** Every operation of the simulated REST API; the type makes sure that none is missing. */
import type { Handler } from "../api.ts";
import type { OperationId } from "../permissions.ts";
import { alertOperations } from "./alerts.ts";
import { branchOperations } from "./branches.ts";
import { commitOperations } from "./commits.ts";
import { contentOperations } from "./contents.ts";
import { deploymentOperations } from "./deployments.ts";
import { environmentOperations } from "./environments.ts";
import { gitOperations } from "./git.ts";
import { issueOperations } from "./issues.ts";
import { labelOperations } from "./labels.ts";
import { pullOperations } from "./pulls.ts";
import { repositoryOperations } from "./repository.ts";
import { runOperations } from "./runs.ts";
import { settingsOperations } from "./settings.ts";
import { subIssueOperations } from "./sub-issues.ts";
import { teamOperations } from "./teams.ts";
import { variableOperations } from "./variables.ts";
import { workflowOperations } from "./workflows.ts";

export const OPERATIONS: Readonly<Record<OperationId, Handler>> = {
  ...repositoryOperations,
  ...contentOperations,
  ...commitOperations,
  ...gitOperations,
  ...pullOperations,
  ...alertOperations,
  ...issueOperations,
  ...labelOperations,
  ...subIssueOperations,
  ...runOperations,
  ...deploymentOperations,
  ...environmentOperations,
  ...branchOperations,
  ...settingsOperations,
  ...teamOperations,
  ...variableOperations,
  ...workflowOperations,
};
