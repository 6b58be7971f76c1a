// Serves the responses that a login and a post need. Uploads go to another server: `node api.mjs UPLOAD_PORT`. Prints its own
// port. The emulator is not used, because it hashes every byte, which would dominate each measured upload.

import { createServer } from 'node:http';

const uploadUrl = `http://127.0.0.1:${process.argv[2]}/upload?upload_id=1&upload_token=bench`;
let publishes = 0;

const ok = (data) => ({ data, error: { code: 'ok', message: '', log_id: 'bench' } });

const ANSWERS = {
  '/v2/oauth/token/': {
    access_token: 'act.bench',
    expires_in: 7200,
    open_id: '-000bench',
    refresh_expires_in: 31_536_000,
    refresh_token: 'rft.bench',
    scope: 'user.info.basic,user.info.profile,user.info.stats,video.list,video.publish,video.upload',
    token_type: 'Bearer',
  },
  '/v2/user/info/': ok({ user: { open_id: '-000bench', display_name: 'Bench', username: 'bench', avatar_url: '' } }),
  '/v2/post/publish/creator_info/query/': ok({
    creator_avatar_url: '',
    creator_username: 'bench',
    creator_nickname: 'Bench',
    privacy_level_options: ['SELF_ONLY'],
    comment_disabled: false,
    duet_disabled: false,
    stitch_disabled: false,
    max_video_post_duration_sec: 600,
  }),
};

const INIT = '/v2/post/publish/video/init/';
const begun = () => ok({ publish_id: `v_pub_file~v2-1.${7_000_000_000 + ++publishes}`, upload_url: uploadUrl });

const server = createServer((request, response) => {
  request.resume().once('end', () => {
    const { pathname } = new URL(request.url, 'http://api');
    const answer = pathname === INIT ? begun() : ANSWERS[pathname];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? {}));
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
