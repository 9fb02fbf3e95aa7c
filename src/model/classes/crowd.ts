import type { ClassModel, PropertyModel } from '../class-model.ts';
import { enumeration, flag, reference, string, timestamp } from '../properties.ts';

const id = { name: 'id', column: 'id' };
const operation = { className: 'OperationType', packageName: 'com.atlassian.crowd.embedded.api' };
const epoch = { fallback: { value: '1970-01-01 00:00:00' } };

const directory = reference('directory', 'directory_id', 'cwd_directory', { className: 'DirectoryImpl' });

function named(prefix: string): PropertyModel[] {
  return [
    string('name', `${prefix}_name`),
    string('lowerName', `lower_${prefix}_name`, { fallback: { lowerCaseOf: `${prefix}_name` } }),
    flag('active', 'active', { fallback: { value: 'T' } }),
    timestamp('createdDate', 'created_date', epoch),
    timestamp('updatedDate', 'updated_date', epoch),
  ];
}

function attribute(owner: PropertyModel): PropertyModel[] {
  return [
    owner,
    directory,
    string('name', 'attribute_name'),
    string('value', 'attribute_value'),
    string('lowerValue', 'attribute_lower_value', { fallback: { lowerCaseOf: 'attribute_value' } }),
  ];
}

const credential = string('credential', 'credential', { component: 'credential' });

/** Users, groups, memberships, directories and applications of embedded Crowd (4.0 and later; site backups only). */
export const crowdClasses: ClassModel[] = [
  {
    className: 'DirectoryImpl',
    packageName: 'com.atlassian.crowd.model.directory',
    table: 'cwd_directory',
    id,
    label: 'user directory',
    titleColumn: 'directory_name',
    properties: [
      ...named('directory'),
      string('description', 'description'),
      string('implementationClass', 'impl_class'),
      string('lowerImplementationClass', 'lower_impl_class', { fallback: { lowerCaseOf: 'impl_class' } }),
      enumeration('type', 'directory_type', 'com.atlassian.crowd.embedded.api', 'DirectoryType', { maxLength: 32 }),
    ],
    values: [
      {
        name: 'allowedOperations',
        javaType: 'java.util.Set',
        table: 'cwd_directory_operation',
        ownerColumn: 'directory_id',
        nameColumn: 'operation_type',
        enumClass: operation,
      },
      {
        name: 'attributes',
        javaType: 'java.util.Map',
        table: 'cwd_directory_attribute',
        ownerColumn: 'directory_id',
        nameColumn: 'attribute_name',
        valueColumn: 'attribute_value',
      },
    ],
  },
  {
    className: 'ApplicationImpl',
    packageName: 'com.atlassian.crowd.model.application',
    table: 'cwd_application',
    id,
    label: 'application',
    titleColumn: 'application_name',
    properties: [
      ...named('application'),
      string('description', 'description'),
      enumeration('type', 'application_type', 'com.atlassian.crowd.model.application', 'ApplicationType', { maxLength: 32 }),
      string('credential', 'credential', { component: 'credential', fallback: { value: '' } }),
    ],
    values: [
      {
        name: 'attributes',
        javaType: 'java.util.Map',
        table: 'cwd_application_attribute',
        ownerColumn: 'application_id',
        nameColumn: 'attribute_name',
        valueColumn: 'attribute_value',
      },
    ],
    inverse: [
      {
        names: ['directoryMappings'],
        javaType: 'java.util.List',
        table: 'cwd_app_dir_mapping',
        column: 'application_id',
        positionColumn: 'list_index',
        inCurrentDialect: true,
      },
    ],
  },
  {
    className: 'DirectoryMapping',
    packageName: 'com.atlassian.crowd.model.application',
    table: 'cwd_app_dir_mapping',
    id,
    label: 'directory mapping',
    properties: [
      reference('application', 'application_id', 'cwd_application', { className: 'ApplicationImpl' }),
      directory,
      flag('allowAllToAuthenticate', 'allow_all', { fallback: { value: 'F' } }),
    ],
    values: [
      {
        name: 'allowedOperations',
        javaType: 'java.util.Set',
        table: 'cwd_app_dir_operation',
        ownerColumn: 'app_dir_mapping_id',
        nameColumn: 'operation_type',
        enumClass: operation,
      },
    ],
  },
  {
    className: 'InternalUser',
    packageName: 'com.atlassian.crowd.model.user',
    table: 'cwd_user',
    id,
    label: 'directory user',
    titleColumn: 'user_name',
    properties: [
      ...named('user'),
      string('firstName', 'first_name'),
      string('lowerFirstName', 'lower_first_name', { fallback: { lowerCaseOf: 'first_name' } }),
      string('lastName', 'last_name'),
      string('lowerLastName', 'lower_last_name', { fallback: { lowerCaseOf: 'last_name' } }),
      string('displayName', 'display_name'),
      string('lowerDisplayName', 'lower_display_name', { fallback: { lowerCaseOf: 'display_name' } }),
      string('emailAddress', 'email_address'),
      string('lowerEmailAddress', 'lower_email_address', { fallback: { lowerCaseOf: 'email_address' } }),
      string('externalId', 'external_id'),
      directory,
      credential,
    ],
  },
  {
    className: 'InternalUserAttribute',
    packageName: 'com.atlassian.crowd.model.user',
    table: 'cwd_user_attribute',
    id,
    label: 'attribute of a directory user',
    titleColumn: 'attribute_name',
    properties: attribute(reference('user', 'user_id', 'cwd_user', { className: 'InternalUser' })),
  },
  {
    className: 'InternalGroup',
    packageName: 'com.atlassian.crowd.model.group',
    table: 'cwd_group',
    id,
    label: 'group',
    titleColumn: 'group_name',
    properties: [
      ...named('group'),
      flag('local', 'local', { fallback: { value: 'F' } }),
      string('description', 'description'),
      enumeration('type', 'group_type', 'com.atlassian.crowd.model.group', 'GroupType', {
        maxLength: 32,
        fallback: { value: 'GROUP' },
      }),
      directory,
      string('externalId', 'external_id'),
    ],
  },
  {
    className: 'InternalGroupAttribute',
    packageName: 'com.atlassian.crowd.model.group',
    table: 'cwd_group_attribute',
    id,
    label: 'attribute of a group',
    titleColumn: 'attribute_name',
    properties: attribute(reference('group', 'group_id', 'cwd_group', { className: 'InternalGroup' })),
  },
  {
    className: 'HibernateMembership',
    packageName: 'com.atlassian.crowd.embedded.hibernate2',
    table: 'cwd_membership',
    id,
    label: 'membership',
    properties: [
      reference('parentGroup', 'parent_id', 'cwd_group', { className: 'InternalGroup' }),
      reference('userMember', 'child_user_id', 'cwd_user', { className: 'InternalUser' }),
      reference('groupMember', 'child_group_id', 'cwd_group', { className: 'InternalGroup' }),
    ],
  },
];
