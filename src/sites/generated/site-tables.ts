import { tableModels } from '#model/table-model.ts';
import { loginRows, tokenRows, userMappingRows } from './account-rows.ts';
import type { AttachmentFacts } from './attachment-facts.ts';
import { attachmentRows } from './attachment-rows.ts';
import { blogRows } from './blog-rows.ts';
import { bodyRows } from './body-rows.ts';
import { commentRows } from './comment-rows.ts';
import { contentSections } from './content-ids.ts';
import { crowdGroupRows, crowdUserRows, directoryRows } from './crowd-rows.ts';
import { descriptionRows } from './description-rows.ts';
import { auditRows, jobRows } from './job-rows.ts';
import { labellingRows, labelRows } from './label-rows.ts';
import { linkRows } from './link-rows.ts';
import { pageRows } from './page-rows.ts';
import { restrictionEntryRows, restrictionRows, spacePermissionRows } from './permission-rows.ts';
import { propertyRows } from './property-rows.ts';
import { compileTable, type RowSource, type TableRows } from './row-source.ts';
import { bandanaRows, keyRows, propertySetRows } from './settings-rows.ts';
import type { SiteFacts } from './site-facts.ts';
import { spaceRows } from './space-rows.ts';
import { templateRows } from './template-rows.ts';
import {
  contentRelationRows,
  followRows,
  likeRows,
  notificationRows,
  userContentRelationRows,
  userRelationRows,
} from './watch-rows.ts';

/** The tables that a generated site fills, in the order of the model. */
export function siteTables(facts: SiteFacts, files: AttachmentFacts): Map<string, TableRows> {
  const sources: Record<string, RowSource[]> = {
    ...directoryRows(facts),
    ...crowdUserRows(facts),
    ...crowdGroupRows(facts),
    user_mapping: userMappingRows(facts),
    spaces: spaceRows(facts),
    content: contentRows(facts, files),
    bodycontent: bodyRows(facts, files),
    contentproperties: propertyRows(facts, files),
    pagetemplates: templateRows(facts),
    label: labelRows(facts),
    content_label: labellingRows(facts, files),
    content_perm_set: restrictionRows(facts),
    content_perm: restrictionEntryRows(facts),
    spacepermissions: spacePermissionRows(facts),
    links: linkRows(facts),
    notifications: notificationRows(facts),
    likes: likeRows(facts),
    usercontent_relation: userContentRelationRows(facts),
    content_relation: contentRelationRows(facts),
    user_relation: userRelationRows(facts),
    follow_connections: followRows(facts),
    bandana: bandanaRows(facts),
    os_propertyentry: propertySetRows(facts),
    logininfo: loginRows(facts),
    remembermetoken: tokenRows(facts),
    keystore: keyRows(facts),
    scheduler_clustered_jobs: jobRows(facts),
    auditrecord: auditRows(facts),
  };
  const tables = tableModels.filter(({ name }) => sources[name]).map(({ name }) => compileTable(name, sources[name]!));
  return new Map(tables.filter((table) => table.count > 0).map((table) => [table.name, table]));
}

/** All sorts of content in the order in which their ids were given out. */
function contentRows(facts: SiteFacts, files: AttachmentFacts): RowSource[] {
  const rows = {
    ...descriptionRows(facts),
    ...pageRows(facts),
    ...blogRows(facts),
    ...commentRows(facts),
    ...attachmentRows(facts, files),
  };
  return contentSections.map((section) => {
    const source = rows[section];
    if (source?.items !== facts.counts[section] || source.perItem) throw new Error(`the rows of ${section} do not fit their ids`);
    return source;
  });
}
