// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import static io.cdnrefresh.netty.dialect.DialectBench.TASK;
import static io.cdnrefresh.netty.dialect.DialectBench.json;
import static io.cdnrefresh.netty.dialect.DialectBench.problem;
import static io.cdnrefresh.netty.dialect.DialectBench.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.spi.ApiResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AlibabaDialectTest {
    private final DialectBench bench = new DialectBench();

    private ApiResponse get(String parameters) {
        return bench.call("GET", "/?Version=2018-05-10&" + parameters, "");
    }

    private static String object(String url) {
        return "ObjectPath=" + Percent.encode(url);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            value = {
                "File;      http://a.com/b?c;   {'type':'url','targets':['http://a.com/b?c']}",
                "ExQuery;   http://a.com/b;     {'type':'url','targets':['http://a.com/b'],'query':'ignore'}",
                "Directory; http://a.com/b/;    {'type':'prefix','targets':['http://a.com/b/']}",
                "Regex;     http://A.com/.*jpg; {'type':'regex','targets':[{'host':'a.com','pattern':'^/.*jpg'}]}",
            })
    void refresh_eachType_isOneTask(String type, String url, String expected) {
        ApiResponse answer = get("Action=RefreshObjectCaches&ObjectType=" + type + "&" + object(url));
        assertThat(text(answer)).matches("\\{'RequestId':'[0-9A-F-]{36}','RefreshTaskId':'1'}");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(bench.submitted()).containsExactly(expected);
    }

    @Test
    void refresh_linesOfAForm_areTargetsOfOneTask() {
        bench.call(
                "POST",
                "/",
                "Action=RefreshObjectCaches&Version=2018-05-10&" + object("http://a.com/1\r\nhttp://a.com/2\n"),
                "Content-Type",
                "application/x-www-form-urlencoded");
        assertThat(bench.submitted()).containsExactly("{'type':'url','targets':['http://a.com/1','http://a.com/2']}");
    }

    @Test
    void push_withHeaders_isAPreload() {
        ApiResponse answer = get("Action=PushObjectCache&Area=overseas&" + object("http://a.com/1") + "&WithHeader="
                + Percent.encode("{\"Accept-Encoding\":[\"gzip\"],\"X-A\":\"b\"}"));
        assertThat(text(answer)).contains("'PushTaskId':'1'");
        assertThat(bench.submitted())
                .containsExactly(
                        "{'type':'preload','targets':['http://a.com/1'],'headers':['Accept-Encoding: gzip','X-A: b']}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "Action=RefreshObjectCaches;                                             400; MissingParameter",
                "Action=RefreshObjectCaches&ObjectPath=http://a.com/&ObjectType=Nothing; 400;"
                        + " InvalidObjectType.Malformed",
                "Action=RefreshObjectCaches&ObjectPath=http://a.com/(a%2B)%2B&ObjectType=Regex; 400;"
                        + " InvalidObjectPath.Malformed",
                "Action=RefreshObjectCaches&ObjectPath=http://a.com/&ObjectPath=http://b.com/; 400; InvalidParameter",
                "Action=PushObjectCache&ObjectPath=http://a.com/&Area=moon;              400; InvalidArea.Malformed",
                "Action=Nothing;                                                         404; InvalidAction.NotFound",
                "Nothing=1;                                                              400; MissingParameter",
                "Action=DescribeRefreshTaskById;                                         400; MissingTaskId",
                "Action=DescribeRefreshTaskById&TaskId=x;                                400; InvalidParameter",
                "Action=DescribeRefreshTasks&PageSize=101;                               400; InvalidParameter",
                "Action=DescribeRefreshTasks&StartTime=yesterday;                        400; InvalidParameter",
            })
    void request_wrong_isRefusedWithItsCode(String parameters, int status, String code) {
        ApiResponse answer = get(parameters);
        assertThat(text(answer)).contains("'Code':'" + code + "'", "'RequestId':'", "'HostId':'www.shop.com'");
        assertThat(answer.status()).isEqualTo(status);
        assertThat(bench.asked).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "400, 400, InvalidParameter",
        "401, 404, InvalidAccessKeyId.NotFound",
        "403, 403, Forbidden.RAM",
        "422, 422, OperationDenied",
        "429, 503, Throttling",
        "503, 503, ServiceUnavailable",
    })
    void refusal_ofTheEngine_hasCodeStatusAndWait(int status, int answered, String code) {
        bench.give("POST " + TASK, problem(status, "word", "the reason", "Retry-After", "7"));
        ApiResponse answer = get("Action=RefreshObjectCaches&" + object("http://a.com/"));
        assertThat(answer.status()).isEqualTo(answered);
        assertThat(text(answer)).contains("'Code':'" + code + "'");
        assertThat(answer.headers()).containsExactly("Retry-After", "7", "x-acs-retry-after", "7000");
    }

    private static String task(String id, String state, String type, int done, String targets) {
        return "{'id':'" + id + "','state':'" + state + "','type':'" + type + "','acceptedAt':'2026-11-22T09:00:0" + id
                + ".123Z','devices':{'total':3,'done':" + done + "},'targets':" + targets + "}";
    }

    @Test
    void tasks_listed_areRowsOfUrlsWithStatusAndPages() {
        String two = task("1", "RUNNING", "url", 1, "2,'first':'http://a.com/1'");
        String one = task("2", "DONE", "prefix", 3, "1,'first':'http://a.com/d/'");
        String tag = task("3", "DONE", "tag", 3, "1,'first':'a.com t'");
        String gone = task("4", "FAILED", "preload", 0, "1,'first':'http://a.com/p'");
        bench.give("GET " + TASK, json(200, "{'tasks':[" + String.join(",", two, one, tag, gone) + "],'next':null}"));
        bench.give(
                "GET " + TASK + "/1",
                json(
                        200,
                        two.replace("}}", "}").replaceFirst("}$", "")
                                + ",'task':{'targets':['http://a.com/1','http://a.com/2']}}"));

        String answer = text(get("Action=DescribeRefreshTasks&PageSize=3&PageNumber=1&DomainName=a.com"));

        assertThat(bench.asked.get(0).query()).contains("host=a.com").contains("since=2026-11-19T10%3A00%3A00Z");
        assertThat(answer)
                .contains("'PageNumber':1,'PageSize':3,'TotalCount':4")
                .contains("{'TaskId':'1','ObjectPath':'http://a.com/2','ObjectType':'file','Status':'Refreshing',"
                        + "'Process':'33%','CreationTime':'2026-11-22T09:00:01Z','Description':''}")
                .contains(
                        "'ObjectPath':'http://a.com/d/','ObjectType':'directory','Status':'Complete','Process':'100%'")
                .doesNotContain("a.com t", "http://a.com/p");
    }

    @Test
    void tasks_secondPage_hasTheRest() {
        String one = task("1", "DONE", "url", 3, "1,'first':'http://a.com/1'");
        String two = task("2", "FAILED", "url", 0, "1,'first':'http://a.com/2'");
        bench.give("GET " + TASK, json(200, "{'tasks':[" + one + "," + two + "]}"));
        assertThat(text(get("Action=DescribeRefreshTasks&PageSize=1&PageNumber=2&ObjectType=file")))
                .contains("'TotalCount':2", "http://a.com/2", "'Status':'Failed'", "'Description':'InternalError'")
                .doesNotContain("http://a.com/1");
        assertThat(bench.asked.get(0).query()).contains("type=url");
    }

    @Test
    void taskById_knownAndUnknown_showsTheKnown() {
        bench.give(
                "GET " + TASK + "/1",
                json(200, task("1", "DONE", "url", 3, "1,'task':{'targets':['http://a.com/1']}")));
        bench.give("GET " + TASK + "/2", problem(404, "not-found", "unknown"));
        assertThat(text(get("Action=DescribeRefreshTaskById&TaskId=1,2")))
                .contains("'TotalCount':1,'Tasks':[{'TaskId':'1','ObjectPath':'http://a.com/1'");
    }

    @Test
    void quota_withAndWithoutLimits_isText() {
        bench.give(
                "GET /v1/engine/quota",
                json(
                        200,
                        "{'limits':[{'of':'kind-url','limit':10,'windowSeconds':1,'left':9},"
                                + "{'of':'kind-url','limit':2000,'windowSeconds':86400,'left':1996}]}"));
        assertThat(text(get("Action=DescribeRefreshQuota")))
                .contains("'UrlQuota':'2000','UrlRemain':'1996','DirQuota':'2147483647'", "'blockRemain':'0'");
    }
}
