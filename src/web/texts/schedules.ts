/** Texts of when a schedule runs, and of what its rules keep. */
export const scheduleRule = {
  every: 'How often',
  everyNames: {
    hour: 'Every hour',
    day: 'Every day',
    week: 'On some weekdays',
    month: 'Every month',
    own: 'By a cron expression',
  } as Record<string, string>,
  minute: 'Minute',
  at: 'At',
  weekdays: 'Weekdays',
  day: 'Day of the month',
  lateDay: 'Months that are shorter are left out.',
  next: 'Next five runs',
  inZone: (zone: string) => `in your time zone, ${zone}`,
  kept: (stay: number, go: number) =>
    `${stay} ${stay === 1 ? 'snapshot stays' : 'snapshots stay'}, ${go} ${go === 1 ? 'goes' : 'go'}.`,
  noRule: 'Without a rule nothing is ever removed.',
  noSnapshots: 'There is no snapshot yet that the rules could be tried on.',
  keptStrip: (stay: number, all: number) => `${stay} of ${all} snapshots stay, the newest first`,
  why: 'Why',
};
