/* Checks whether TikTok would accept a video.
 *
 *     probe FILE
 *
 * Only reads the file's headers. Requires neither keys nor a network. Exit code: 0 acceptable, 1 not readable, 2 wrong
 * usage, 3 not acceptable. */

#include <stdio.h>
#include <toklink.h>

int main(int count, char **arguments) {
    toklink_error *error = NULL;
    if (count != 2) {
        fprintf(stderr, "usage: %s FILE\n", arguments[0]);
        return 2;
    }
    const toklink_probe_report *report = toklink_probe_video(arguments[1], &error);
    if (report == NULL) {
        fprintf(stderr, "%s\n", error->message);
        toklink_error_free(error);
        return 1;
    }
    printf("%s, %s, %d x %d\n", report->container, report->video_codec, report->width, report->height);
    for (size_t index = 0; index < report->finding_count; index += 1) {
        const toklink_finding *finding = report->findings[index];
        printf("%s: %s; TikTok takes %s. %s\n", finding->rule, finding->found, finding->allowed, finding->advice);
    }
    int code = report->is_acceptable ? 0 : 3;
    toklink_probe_report_free(report);
    return code;
}
