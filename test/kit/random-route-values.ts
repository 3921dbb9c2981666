// What random routes and requests are made of: few values, so that they meet.

export const segments = ['a', 'b', 'A', 'ab', 'api', 'API', 'v1', 'v2', 'a.b', 'x-y', 'a;p=1', '%20'];
export const hostNames = [
  'a.com',
  'b.a.com',
  'c.b.a.com',
  'a.org',
  'x-a.com',
  'shop',
  'shop.ns',
  '10.0.0.1',
  '[::1]',
  'A.com',
];
export const domains = [
  'a.com',
  '*.a.com',
  '*.b.a.com',
  '*a.com',
  'a.*',
  'shop*',
  'shop.*',
  '10.0.0.1',
  '[::1]',
  'shop',
  'a.com:80',
  '*.com',
  'b.*',
];
export const headerNames = ['x-a', 'x-b', 'x-num', 'user-agent', 'cookie'];
export const headerValues = ['a', 'b', 'A', 'ab', 'a,b', '', '5', '10', '-3', ' 7', 'abc'];
export const queryNames = ['q', 'r', 'q q'];
export const queries = [
  '',
  '',
  '?',
  '?q',
  '?q=a',
  '?q=b&r',
  '?r=a&q=5',
  '?q=a&q=b',
  '?q=%61',
  '?a=/b?c',
  '?q=ab#x'.slice(0, 5),
  '?&q=a',
];
export const pathPatterns = [
  '/a.*',
  '.*',
  '/(a|b)/.*',
  '/[a-z]+',
  '(?i)/api.*',
  '/a/?b?',
  '/api/v[0-9]+(/.*)?',
  '/\\w+/\\w+',
  '/a\\.b',
  '/',
  '[^b]*',
];
export const textPatterns = ['a', 'a.*', '[a-z]*', '(?i)ab', '.+', '\\d+', 'a|b'];
export const statuses = ['MOVED_PERMANENTLY', 'FOUND', 'SEE_OTHER', 'TEMPORARY_REDIRECT', 'PERMANENT_REDIRECT'];
export const appendActions = [
  'APPEND_IF_EXISTS_OR_ADD',
  'ADD_IF_ABSENT',
  'OVERWRITE_IF_EXISTS_OR_ADD',
  'OVERWRITE_IF_EXISTS',
];
export const formats = [
  'plain',
  '%REQ(x-a)%',
  '%REQ(x-missing)%',
  '[%REQ(x-missing?x-b)%]',
  '%REQ(:path)%',
  '%REQ(:authority)%',
  '%PROTOCOL%',
  '%REQ(x-a):1%',
  '100%%',
  '%REQ(:method)%-%REQ(x-num)%',
  '%ROUTE_NAME%',
  '%PATH%',
  '%QUERY_PARAM(q)%',
  '',
];
