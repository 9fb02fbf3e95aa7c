import { type ContentRows, contentColumns, contentValues, versionComment } from './content-row.ts';
import type { SiteFacts } from './site-facts.ts';
import { dateText } from './timestamps.ts';

const authors = { blog: 11, draft: 12, trash: 13 };

/** The blog posts that have a historical version, and those that have a draft. */
export const blogOfHistory = (n: number) => n * 3;
export const blogOfDraft = (n: number) => n * 20;
export const blogVersions = (blog: number) => (blog % 3 === 0 ? 2 : 1);

export function blogRows(facts: SiteFacts): ContentRows {
  const { id, spaces, hosts } = facts;
  const comments = facts.hash('blog-comment');
  const created = (blog: number) => hosts.created(facts.options.pages + blog);
  const title = (blog: number) => `${facts.titles.some(facts.blogSpace(blog), blog)} ${dateText(created(blog))}`;
  const version = (blog: number, number: number) => {
    const creator = facts.author(authors.blog, blog);
    return contentValues({
      type: 'BLOGPOST',
      title: title(blog),
      version: number,
      creator,
      created: created(blog),
      modifier: creator,
      modified: facts.saved(created(blog), number, blogVersions(blog)),
      comment: versionComment(comments(blog, number)),
    });
  };
  const unpublished = (n: number, blog: number, status: 'draft' | 'deleted') => {
    const user = facts.user(status === 'draft' ? authors.draft : authors.trash, n);
    const modified = facts.options.now - (n % 700) * 7_200_000;
    return contentValues({
      type: 'BLOGPOST',
      title: title(blog),
      version: blogVersions(blog),
      creator: user,
      created: modified,
      modifier: user,
      modified,
      status,
    });
  };
  return {
    blog: {
      columns: [...contentColumns, 'spaceid'],
      items: facts.counts.blog,
      row: (blog) => [...version(blog, blogVersions(blog)), spaces.id(facts.blogSpace(blog))],
    },
    blogHistory: {
      columns: [...contentColumns, 'prevver'],
      items: facts.counts.blogHistory,
      row: (n) => [...version(blogOfHistory(n), 1), id('blog', blogOfHistory(n))],
    },
    blogDraft: {
      columns: [...contentColumns, 'prevver', 'spaceid'],
      items: facts.counts.blogDraft,
      row: (n) => {
        const blog = blogOfDraft(n);
        return [...unpublished(n, blog, 'draft'), id('blog', blog), spaces.id(facts.blogSpace(blog))];
      },
    },
    trashedBlog: {
      columns: [...contentColumns, 'spaceid'],
      items: facts.counts.trashedBlog,
      row: (n) => [...unpublished(n, facts.counts.blog + n, 'deleted'), spaces.id(facts.blogSpace(facts.counts.blog + n))],
    },
  };
}
