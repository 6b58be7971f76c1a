/* Checks if TikTok would accept a video.
 *
 *     probe FILE
 *
 * Reads only the file's headers, and needs neither keys nor a network. Exit code: 0 acceptable, 1 not readable, 2 wrong
 * usage, 3 not acceptable. */

#include <stdio.h>
#include <toklink.h>

int main(int count, char **arguments) {
    toklink_probe_report *report = NULL;
    toklink_error *error = NULL;
    if (count != 2) {
        fprintf(stderr, "usage: %s FILE\n", arguments[0]);
        return 2;
    }
    if (toklink_probe_video(toklink_str_from(arguments[1]), &report, &error) != TOKLINK_OK) {
        fprintf(stderr, "%s\n", toklink_error_message(error).data);
        toklink_error_free(error);
        return 1;
    }
    printf("%s, %s, %u x %u\n", toklink_probe_report_container(report).data,
           toklink_probe_report_video_codec(report).data, (unsigned)toklink_probe_report_width(report),
           (unsigned)toklink_probe_report_height(report));
    for (size_t index = 0; index < toklink_probe_report_finding_count(report); index += 1) {
        const toklink_finding *finding = toklink_probe_report_finding_at(report, index);
        printf("%s: %s; TikTok takes %s. %s\n", toklink_finding_rule(finding).data, toklink_finding_found(finding).data,
               toklink_finding_allowed(finding).data, toklink_finding_advice(finding).data);
    }
    int code = toklink_probe_report_is_acceptable(report) ? 0 : 3;
    toklink_probe_report_free(report);
    return code;
}
